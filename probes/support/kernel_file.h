// Files of the kernel that must not be opened: opened, never read or written.
#pragma once

#include "probes/probe.h"

namespace bulkhead::probes {

/// Tells "there": whether the kernel has `path` at all, seen from outside.
[[nodiscard]] bool plant_kernel_file(Outside& outside, const char* path);

/// Opens `path` with `flags` and closes it: reached if that worked.
[[nodiscard]] Observation open_kernel_file(Inside& inside, const char* path,
                                           int flags);

/// The permitted twin: /proc/version can be read.
[[nodiscard]] Observation read_proc_version();

}  // namespace bulkhead::probes
