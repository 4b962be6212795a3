// Limits as files: what cgroup v2 calls them, and what v1 does (cgroups(7),
// Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/).
#pragma once

#include <vector>

#include "runtime/plan/plan.h"

namespace bulkhead {

/// The files that carry out `resources` on v2, in the order of writing.
[[nodiscard]] std::vector<CgroupWrite> v2_writes(const Resources& resources);

/// The same on v1. memory.oom.group has no v1 form.
[[nodiscard]] std::vector<CgroupWrite> v1_writes(const Resources& resources);

}  // namespace bulkhead
