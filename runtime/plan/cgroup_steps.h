// What `explain` says of the container's cgroup, and how the child joins it.
// Internal to plan_cgroup.
#pragma once

#include "runtime/plan/builder.h"

namespace bulkhead {

inline constexpr const char* kDelegateCgroup =
    "start it where cgroups are delegated, such as `systemd-run --user --scope "
    "-p Delegate=yes bulkhead …`, or as root";

/// The steps of the supervisor: the directories, a step for each limit.
void describe_cgroup(Builder& builder, const CgroupPlan& cgroup);

}  // namespace bulkhead
