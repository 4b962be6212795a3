// What the mounts of the spec are made of, whatever kind they are.
#pragma once

#include <string>
#include <vector>

#include "runtime/plan/builder.h"
#include "runtime/plan/mount_steps.h"

namespace bulkhead {

/// The step that makes `mount`.
[[nodiscard]] std::string step_name(const Mount& mount);

[[nodiscard]] MountFlags flags_of(const Mount& mount);

/// A mount of the old root, seen again in the new one: where a new instance of
/// a file system would need the namespace that is shared with the host. Returns
/// the slot of the tree.
int from_old_root(Builder& builder, StepBuilder& step, const char* path,
                  bool recursive);

/// The same, with what is mounted below it, as `mount`.
void plan_old_root_mount(Builder& builder, StepBuilder& step,
                         const Mount& mount, const char* path);

/// A new file system of `type` as `mount`.
void plan_new(Builder& builder, StepBuilder& step, const Mount& mount,
              const char* type, std::vector<FsParameter> parameters);

/// The hierarchies that the container has a cgroup in (cgroup_mount.cpp).
void plan_cgroup_mount(Builder& builder, StepBuilder& step, const Mount& mount);

}  // namespace bulkhead
