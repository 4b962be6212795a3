// What of classic BPF the kernel would load as a filter.
#include <algorithm>
#include <array>
#include <cerrno>

#include "verify/bpf_filter.h"

namespace bulkhead::verify {
namespace {

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

Status complaint_at(std::size_t at, const char* what) {
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
      return complaint_at(at, "reads memory that was never written");
    }
    if (!is_jump(one)) continue;
    const bool always = BPF_OP(one.code) == BPF_JA;
    on_entry[at + 1 + (always ? one.k : one.jt)] &= written;
    if (!always) on_entry[at + 1 + one.jf] &= written;
    written = ~0U;
  }
  return {};
}

}  // namespace

Result<BpfFilter> BpfFilter::make(std::vector<sock_filter> code) {
  if (code.empty() || code.size() > BPF_MAXINSNS) {
    return fail("filter: " + std::to_string(code.size()) + " instructions",
                EINVAL);
  }
  for (std::size_t at = 0; at < code.size(); ++at) {
    const char* wrong = complaint(code[at], code.size() - at - 1);
    if (wrong != nullptr) {
      return tl::unexpected(complaint_at(at, wrong).error());
    }
  }
  if (BPF_CLASS(code.back().code) != BPF_RET) {
    return fail("filter: it runs past its end", EINVAL);
  }
  if (auto sound = check_memory(code); !sound) {
    return tl::unexpected(sound.error());
  }
  return BpfFilter(std::move(code));
}

}  // namespace bulkhead::verify
