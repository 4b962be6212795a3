// What is particular about cpusets: what a new one of v1 needs before anything
// may enter it, and what there is to ask for.
#pragma once

#include <string>

#include "runtime/base/result.h"

namespace bulkhead {

/// Gives the new cpuset `directory` the CPUs and memory nodes of the one above
/// it, where the kernel has not done so itself (cgroup.clone_children).
[[nodiscard]] Status fill_cpuset(const std::string& directory);

/// What could be written to `file`, such as cpuset.cpus, of the cgroup at
/// `directory`, as the remedy of an error; empty where that is not known.
[[nodiscard]] std::string cpuset_remedy(const std::string& directory,
                                        const std::string& file);

}  // namespace bulkhead
