// The freezer of cgroup v1: what is frozen there does not die of SIGKILL.
#pragma once

#include <sys/types.h>

#include "runtime/base/result.h"

namespace bulkhead {

/// Lets the v1 freezer cgroup of `pid`, and those above it, run again; nothing
/// where there is no such hierarchy. For a process that is to end only.
[[nodiscard]] Status thaw_process(pid_t pid);

}  // namespace bulkhead
