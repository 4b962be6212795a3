#include "verify/bpf_filter.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace bulkhead::verify {
namespace {

constexpr std::uint32_t kMaxErrno = 4095;  // MAX_ERRNO; the kernel clamps.

/// A register, and the word of the data that it shows through a mask, if it
/// shows one.
struct Value {
  std::uint32_t number = 0;
  int word = -1;
  std::uint32_t mask = 0;
};

std::uint32_t calculate(std::uint16_t operation, std::uint32_t a,
                        std::uint32_t b) {
  switch (operation) {
    case BPF_ADD:
      return a + b;
    case BPF_SUB:
      return a - b;
    case BPF_MUL:
      return a * b;
    case BPF_DIV:
      return a / b;
    case BPF_AND:
      return a & b;
    case BPF_OR:
      return a | b;
    case BPF_XOR:
      return a ^ b;
    case BPF_LSH:
      return a << (b & 31);
    case BPF_RSH:
      return a >> (b & 31);
    default:
      return -a;  // BPF_NEG
  }
}

bool holds(std::uint16_t operation, std::uint32_t a, std::uint32_t b) {
  switch (operation) {
    case BPF_JEQ:
      return a == b;
    case BPF_JGT:
      return a > b;
    case BPF_JGE:
      return a >= b;
    default:
      return (a & b) != 0;  // BPF_JSET
  }
}

/// One run of one checked program.
class Machine {
 public:
  Machine(const seccomp_data& data, std::vector<BpfCompare>* compared)
      : compared_(compared) {
    std::memcpy(words_.data(), &data, sizeof data);
  }

  std::uint32_t run(std::span<const sock_filter> code) {
    for (std::size_t at = 0;; ++at) {
      const sock_filter& one = code[at];
      switch (BPF_CLASS(one.code)) {
        case BPF_RET:
          return BPF_RVAL(one.code) == BPF_A ? a_.number : one.k;
        case BPF_JMP:
          at += jump(one);
          break;
        case BPF_ALU:
          if (!arithmetic(one)) return 0;
          break;
        case BPF_MISC:
          (BPF_MISCOP(one.code) == BPF_TAX ? x_ : a_) =
              BPF_MISCOP(one.code) == BPF_TAX ? a_ : x_;
          break;
        case BPF_ST:
          memory_[one.k] = a_;
          break;
        case BPF_STX:
          memory_[one.k] = x_;
          break;
        case BPF_LD:
          a_ = loaded(one);
          break;
        default:
          x_ = loaded(one);
          break;
      }
    }
  }

 private:
  [[nodiscard]] Value loaded(const sock_filter& one) const {
    switch (BPF_MODE(one.code)) {
      case BPF_ABS:
        return {words_[one.k / kWordBytes],
                static_cast<int>(one.k / kWordBytes), ~0U};
      case BPF_MEM:
        return memory_[one.k];
      case BPF_LEN:
        return {kDataBytes};
      default:
        return {one.k};  // BPF_IMM
    }
  }

  /// False: a division by zero, which ends the run with 0.
  bool arithmetic(const sock_filter& one) {
    const std::uint16_t operation = BPF_OP(one.code);
    const std::uint32_t other = BPF_SRC(one.code) == BPF_X ? x_.number : one.k;
    if (operation == BPF_DIV && other == 0) return false;
    const bool still_shown = operation == BPF_AND && a_.word >= 0;
    a_ = {calculate(operation, a_.number, other), still_shown ? a_.word : -1,
          still_shown ? a_.mask & other : 0};
    return true;
  }

  std::size_t jump(const sock_filter& one) {
    const std::uint16_t operation = BPF_OP(one.code);
    if (operation == BPF_JA) return one.k;
    const std::uint32_t other = BPF_SRC(one.code) == BPF_X ? x_.number : one.k;
    if (compared_ != nullptr && a_.word >= 0) {
      compared_->push_back({static_cast<unsigned>(a_.word), a_.mask, other});
    }
    return holds(operation, a_.number, other) ? one.jt : one.jf;
  }

  std::array<std::uint32_t, kDataBytes / kWordBytes> words_{};
  std::array<Value, BPF_MEMWORDS> memory_{};
  Value a_, x_;
  std::vector<BpfCompare>* compared_;
};

std::int32_t strictness(std::uint32_t action) {
  return static_cast<std::int32_t>(action & SECCOMP_RET_ACTION_FULL);
}

}  // namespace

std::uint32_t BpfFilter::run(const seccomp_data& data,
                             std::vector<BpfCompare>* compared) const {
  return Machine(data, compared).run(code_);
}

std::uint32_t decide(std::span<const BpfFilter> filters,
                     const seccomp_data& data,
                     std::vector<BpfCompare>* compared) {
  std::uint32_t strictest = SECCOMP_RET_ALLOW;
  for (auto filter = filters.rbegin(); filter != filters.rend(); ++filter) {
    const std::uint32_t action = filter->run(data, compared);
    if (strictness(action) < strictness(strictest)) strictest = action;
  }
  return strictest;
}

bool passes(std::uint32_t action) {
  const std::uint32_t kind = action & SECCOMP_RET_ACTION_FULL;
  return kind == SECCOMP_RET_ALLOW || kind == SECCOMP_RET_LOG;
}

std::string action_words(std::uint32_t action) {
  const std::uint32_t error = std::min(action & SECCOMP_RET_DATA, kMaxErrno);
  switch (action & SECCOMP_RET_ACTION_FULL) {
    case SECCOMP_RET_ALLOW:
      return "allow";
    case SECCOMP_RET_LOG:
      return "log";
    case SECCOMP_RET_TRACE:
      return "trace";
    case SECCOMP_RET_USER_NOTIF:
      return "notify";
    case SECCOMP_RET_ERRNO:
      return error == ENOSYS ? "ENOSYS" : "errno " + std::to_string(error);
    case SECCOMP_RET_TRAP:
      return "trap";
    case SECCOMP_RET_KILL_THREAD:
      return "kill thread";
    default:
      return "kill process";
  }
}

}  // namespace bulkhead::verify
