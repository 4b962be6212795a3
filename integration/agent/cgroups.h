// The cgroup hierarchies of the machine, in the mode that is asked for.
#pragma once

#include <string>
#include <vector>

namespace bulkhead::agent {

/// Mounts below /sys/fs/cgroup: "v2" one hierarchy; "v1" one for each
/// controller that this kernel has for it; "hybrid" those and
/// /sys/fs/cgroup/unified. Returns the mode and the controllers as
/// "cgroup=v1" and "controllers=cpu,memory".
[[nodiscard]] std::vector<std::string> mount_cgroups(const std::string& mode);

}  // namespace bulkhead::agent
