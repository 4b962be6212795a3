// Is a namespace the container's own? One inode from inside, one from outside.
#pragma once

#include "probes/probe.h"

namespace bulkhead::probes {

/// Tells "inode": the target of the harness's own /proc/self/ns/`name`.
[[nodiscard]] bool plant_namespace(Outside& outside, const char* name);

/// Reached if /proc/self/ns/`name` is the harness's.
[[nodiscard]] Observation own_namespace(Inside& inside, const char* name);

/// The permitted twin: /proc/self/ns/`name` can be read.
[[nodiscard]] Observation read_namespace(const char* name);

}  // namespace bulkhead::probes
