// For tests: classic BPF written by hand.
#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "verify/bpf_explore.h"

namespace bulkhead::verify {

using Code = std::vector<sock_filter>;

inline constexpr Arguments kArguments = {0x1122334455667788, 2, 3, 4, 5, 6};

inline sock_filter statement(unsigned code, std::uint32_t k = 0) {
  return {static_cast<std::uint16_t>(code), 0, 0, k};
}
inline sock_filter jump(unsigned code, std::uint32_t k, std::uint8_t yes,
                        std::uint8_t no) {
  return {static_cast<std::uint16_t>(BPF_JMP | code), yes, no, k};
}
inline sock_filter load(std::size_t offset) {
  return statement(BPF_LD | BPF_W | BPF_ABS,
                   static_cast<std::uint32_t>(offset));
}
inline sock_filter answer(std::uint32_t action) {
  return statement(BPF_RET | BPF_K, action);
}
inline const sock_filter kReturnA = statement(BPF_RET | BPF_A);

}  // namespace bulkhead::verify
