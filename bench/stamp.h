// The counter that caller and workload share: the same on every CPU, and not
// changed by any namespace.
#pragma once

#include "runtime/base/syscall.h"

namespace bulkhead::bench {

/// Counts of stamp() in a microsecond, measured against CLOCK_MONOTONIC_RAW for
/// some milliseconds.
[[nodiscard]] double measure_counts_per_us();

}  // namespace bulkhead::bench
