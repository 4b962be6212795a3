// System calls without libc: no errno, no cancellation, no locks.
#pragma once

#include <cstdint>

#if !defined(__x86_64__)
#error "runtime/base/syscall.h knows x86_64 only"
#endif

namespace bulkhead {

/// Makes system call `number`; the result is negative errno on failure.
inline std::int64_t raw_syscall(std::int64_t number, std::uint64_t a = 0,
                                std::uint64_t b = 0, std::uint64_t c = 0,
                                std::uint64_t d = 0, std::uint64_t e = 0,
                                std::uint64_t f = 0) {
  std::int64_t result;
  register std::uint64_t r10 asm("r10") = d;
  register std::uint64_t r8 asm("r8") = e;
  register std::uint64_t r9 asm("r9") = f;
  asm volatile("syscall"
               : "=a"(result)
               : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
               : "rcx", "r11", "memory");
  return result;
}

/// The time stamp counter: the clock of step timings.
inline std::uint64_t stamp() {
  std::uint32_t low;
  std::uint32_t high;
  asm volatile("rdtsc" : "=a"(low), "=d"(high));
  return (static_cast<std::uint64_t>(high) << 32) | low;
}

}  // namespace bulkhead
