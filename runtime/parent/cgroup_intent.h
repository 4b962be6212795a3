// A container's cgroup on the record of its supervisor.
#pragma once

#include <string>

#include "runtime/base/result.h"
#include "runtime/plan/plan.h"
#include "runtime/state/intend.h"

namespace bulkhead {

/// Records what Cgroup::create(plan, suffix) will make: each directory, those
/// above it that are missing, and what a delegated cgroup lends. An error: the
/// record cannot be written, and nothing may be made.
[[nodiscard]] Result<Intended> intend_cgroup(const CgroupPlan& plan,
                                             const std::string& suffix);

}  // namespace bulkhead
