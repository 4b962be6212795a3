// Is a namespace the container's own? One inode from inside, one from outside.
#pragma once

#include <string>

#include "probes/probe.h"

namespace bulkhead::probes {

/// Tells "inode": the target of the harness's own /proc/self/ns/`name`.
[[nodiscard]] bool plant_namespace(Outside& outside, const char* name);

/// Reached if /proc/self/ns/`name` is the harness's.
[[nodiscard]] Observation own_namespace(Inside& inside, const char* name);

/// True in the `name` (pid uts ipc user cgroup) namespace that the kernel
/// booted with: its inode number is fixed (PROC_UTS_INIT_INO and its like in
/// the kernel's include/linux/proc_ns.h). False where /proc does not say.
[[nodiscard]] bool in_first_namespace(const std::string& name);

/// The permitted twin: /proc/self/ns/`name` can be read.
[[nodiscard]] Observation read_namespace(const char* name);

}  // namespace bulkhead::probes
