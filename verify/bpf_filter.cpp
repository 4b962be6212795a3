#include "verify/bpf_filter.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ranges>

namespace bulkhead::verify {
namespace {

constexpr std::uint32_t kDataBytes = sizeof(seccomp_data);
constexpr std::uint32_t kWordBytes = sizeof(std::uint32_t);
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

/// The instructions that seccomp_check_filter() takes.
bool is_known(std::uint16_t code) {
  constexpr auto kKnown =
      std::to_array<std::uint16_t>({BPF_LD | BPF_W | BPF_ABS,
                                    BPF_LD | BPF_W | BPF_LEN,
                                    BPF_LDX | BPF_W | BPF_LEN,
                                    BPF_LD | BPF_IMM,
                                    BPF_LDX | BPF_IMM,
                                    BPF_LD | BPF_MEM,
                                    BPF_LDX | BPF_MEM,
                                    BPF_ST,
                                    BPF_STX,
                                    BPF_RET | BPF_K,
                                    BPF_RET | BPF_A,
                                    BPF_MISC | BPF_TAX,
                                    BPF_MISC | BPF_TXA,
                                    BPF_ALU | BPF_NEG,
                                    BPF_ALU | BPF_ADD | BPF_K,
                                    BPF_ALU | BPF_ADD | BPF_X,
                                    BPF_ALU | BPF_SUB | BPF_K,
                                    BPF_ALU | BPF_SUB | BPF_X,
                                    BPF_ALU | BPF_MUL | BPF_K,
                                    BPF_ALU | BPF_MUL | BPF_X,
                                    BPF_ALU | BPF_DIV | BPF_K,
                                    BPF_ALU | BPF_DIV | BPF_X,
                                    BPF_ALU | BPF_AND | BPF_K,
                                    BPF_ALU | BPF_AND | BPF_X,
                                    BPF_ALU | BPF_OR | BPF_K,
                                    BPF_ALU | BPF_OR | BPF_X,
                                    BPF_ALU | BPF_XOR | BPF_K,
                                    BPF_ALU | BPF_XOR | BPF_X,
                                    BPF_ALU | BPF_LSH | BPF_K,
                                    BPF_ALU | BPF_LSH | BPF_X,
                                    BPF_ALU | BPF_RSH | BPF_K,
                                    BPF_ALU | BPF_RSH | BPF_X,
                                    BPF_JMP | BPF_JA,
                                    BPF_JMP | BPF_JEQ | BPF_K,
                                    BPF_JMP | BPF_JEQ | BPF_X,
                                    BPF_JMP | BPF_JGE | BPF_K,
                                    BPF_JMP | BPF_JGE | BPF_X,
                                    BPF_JMP | BPF_JGT | BPF_K,
                                    BPF_JMP | BPF_JGT | BPF_X,
                                    BPF_JMP | BPF_JSET | BPF_K,
                                    BPF_JMP | BPF_JSET | BPF_X});
  return std::ranges::find(kKnown, code) != kKnown.end();
}

bool is_jump(const sock_filter& one) { return BPF_CLASS(one.code) == BPF_JMP; }
bool is_memory_load(const sock_filter& one) {
  return one.code == (BPF_LD | BPF_MEM) || one.code == (BPF_LDX | BPF_MEM);
}
bool is_store(const sock_filter& one) {
  return one.code == BPF_ST || one.code == BPF_STX;
}

/// What is wrong with an instruction that has `left` others after it.
const char* complaint(const sock_filter& one, std::size_t left) {
  if (!is_known(one.code)) return "is none that a filter may use";
  if (one.code == (BPF_LD | BPF_W | BPF_ABS) &&
      (one.k >= kDataBytes || one.k % kWordBytes != 0)) {
    return "loads outside of the call's data";
  }
  if ((is_memory_load(one) || is_store(one)) && one.k >= BPF_MEMWORDS) {
    return "uses memory that a filter has not";
  }
  if (one.code == (BPF_ALU | BPF_DIV | BPF_K) && one.k == 0) {
    return "divides by zero";
  }
  if ((one.code == (BPF_ALU | BPF_LSH | BPF_K) ||
       one.code == (BPF_ALU | BPF_RSH | BPF_K)) &&
      one.k >= 32) {
    return "shifts by 32 bits or more";
  }
  if (is_jump(one)) {
    const bool always = BPF_OP(one.code) == BPF_JA;
    const std::size_t furthest =
        always ? one.k : std::max<std::size_t>(one.jt, one.jf);
    if (furthest >= left) return "jumps out of the filter";
  }
  return nullptr;
}

Status complain(std::size_t at, const char* what) {
  return fail("filter: instruction " + std::to_string(at) + " " + what, EINVAL);
}

/// On no path may memory be read before it is written.
Status check_memory(std::span<const sock_filter> code) {
  std::vector<std::uint32_t> on_entry(code.size(), ~0U);
  std::uint32_t written = 0;
  for (std::size_t at = 0; at < code.size(); ++at) {
    const sock_filter& one = code[at];
    written &= on_entry[at];
    if (is_store(one)) written |= 1U << one.k;
    if (is_memory_load(one) && (written & 1U << one.k) == 0) {
      return complain(at, "reads memory that was never written");
    }
    if (!is_jump(one)) continue;
    const bool always = BPF_OP(one.code) == BPF_JA;
    on_entry[at + 1 + (always ? one.k : one.jt)] &= written;
    if (!always) on_entry[at + 1 + one.jf] &= written;
    written = ~0U;
  }
  return {};
}

std::int32_t strictness(std::uint32_t action) {
  return static_cast<std::int32_t>(action & SECCOMP_RET_ACTION_FULL);
}

}  // namespace

Result<BpfFilter> BpfFilter::make(std::vector<sock_filter> code) {
  if (code.empty() || code.size() > BPF_MAXINSNS) {
    return fail("filter: " + std::to_string(code.size()) + " instructions",
                EINVAL);
  }
  for (std::size_t at = 0; at < code.size(); ++at) {
    const char* wrong = complaint(code[at], code.size() - at - 1);
    if (wrong != nullptr) return tl::unexpected(complain(at, wrong).error());
  }
  if (BPF_CLASS(code.back().code) != BPF_RET) {
    return fail("filter: it runs past its end", EINVAL);
  }
  if (auto sound = check_memory(code); !sound) {
    return tl::unexpected(sound.error());
  }
  return BpfFilter(std::move(code));
}

std::uint32_t BpfFilter::run(const seccomp_data& data,
                             std::vector<BpfCompare>* compared) const {
  return Machine(data, compared).run(code_);
}

std::uint32_t decide(std::span<const BpfFilter> filters,
                     const seccomp_data& data,
                     std::vector<BpfCompare>* compared) {
  std::uint32_t strictest = SECCOMP_RET_ALLOW;
  for (const BpfFilter& filter : std::views::reverse(filters)) {
    const std::uint32_t action = filter.run(data, compared);
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
