// Whether real-time scheduling is to be had at all: a version-1 cpu cgroup
// without a share of it (cpu.rt_runtime_us) refuses everybody.
#pragma once

#include "probes/probe.h"

namespace bulkhead::probes {

/// Tells "real_time": "no" where the harness may not have it either.
[[nodiscard]] bool plant_real_time(Outside& outside);

/// `seen`, or absent where it was refused and the harness may not either.
[[nodiscard]] Observation unless_nobodys(const Inside& inside,
                                         Observation seen);

}  // namespace bulkhead::probes
