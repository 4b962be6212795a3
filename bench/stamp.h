// The counter that caller and workload share: the same on every CPU, and not
// changed by any namespace.
#pragma once

#include <cstdint>

namespace bulkhead::bench {

/// The counter now.
inline std::uint64_t stamp() {
#if defined(__x86_64__)
  std::uint32_t low = 0;
  std::uint32_t high = 0;
  asm volatile("rdtsc" : "=a"(low), "=d"(high));
  return (static_cast<std::uint64_t>(high) << 32) | low;
#elif defined(__aarch64__)
  std::uint64_t count = 0;
  asm volatile("isb; mrs %0, cntvct_el0" : "=r"(count));
  return count;
#else
#error "bench/stamp.h knows x86_64 and aarch64"
#endif
}

/// Counts a microsecond, measured against CLOCK_MONOTONIC_RAW for some
/// milliseconds.
[[nodiscard]] double measure_counts_per_us();

}  // namespace bulkhead::bench
