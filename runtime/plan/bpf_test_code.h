// For tests: classic BPF written by hand.
#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace bulkhead {

using Code = std::vector<sock_filter>;

inline sock_filter load(std::size_t word) {
  return BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                  static_cast<std::uint32_t>(4 * word));
}
inline sock_filter mask(std::uint32_t k) {
  return BPF_STMT(BPF_ALU | BPF_AND | BPF_K, k);
}
inline sock_filter jump(std::uint16_t operation, std::uint32_t k,
                        std::uint8_t yes, std::uint8_t no) {
  return BPF_JUMP(BPF_JMP | operation | BPF_K, k, yes, no);
}
inline sock_filter answer(std::uint32_t action) {
  return BPF_STMT(BPF_RET | BPF_K, action);
}
/// Another answer for each `error`.
inline sock_filter refuse(std::uint32_t error) {
  return answer(SECCOMP_RET_ERRNO | error);
}

}  // namespace bulkhead
