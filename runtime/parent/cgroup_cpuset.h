// What a new cgroup v1 cpuset needs before anything may enter it.
#pragma once

#include <string>

#include "runtime/base/result.h"

namespace bulkhead {

/// Gives the new cpuset `directory` the CPUs and memory nodes of the one above
/// it, where the kernel has not done so itself (cgroup.clone_children).
[[nodiscard]] Status fill_cpuset(const std::string& directory);

}  // namespace bulkhead
