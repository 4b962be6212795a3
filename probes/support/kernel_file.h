// Files of the kernel that must not be opened: opened, never read or written.
#pragma once

#include <span>

#include "probes/probe.h"

namespace bulkhead::probes {

/// Tells "there": whether the kernel has `path` at all, seen from outside.
[[nodiscard]] bool plant_kernel_file(Outside& outside, const char* path);

/// Opens `path` with `flags` and closes it: reached if that worked.
[[nodiscard]] Observation open_kernel_file(Inside& inside, const char* path,
                                           int flags);

/// The same for several files, each absent or not by itself.
[[nodiscard]] bool plant_kernel_files(Outside& outside,
                                      std::span<const char* const> paths);
[[nodiscard]] Observation open_kernel_files(Inside& inside,
                                            std::span<const char* const> paths,
                                            int flags);

/// The permitted twin: /proc/version can be read.
[[nodiscard]] Observation read_proc_version();

}  // namespace bulkhead::probes
