// The one limit that is not set with the others.
#pragma once

#include "runtime/plan/builder.h"

namespace bulkhead {

/// RLIMIT_NOFILE, once the start opens nothing more: its caller may have more
/// descriptors open than the container may. plan_rlimits() sets the others, and
/// this one where it is raised, which takes a capability.
[[nodiscard]] Status plan_descriptor_limit(Builder& builder);

}  // namespace bulkhead
