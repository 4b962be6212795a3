// The mount of the spec that shows the container its cgroups.
#include <string>
#include <vector>

#include "runtime/plan/spec_mounts.h"

namespace bulkhead {
namespace {

/// What names the hierarchy that `controller` is in: it and those mounted
/// together with it, as systemd does with cpu and cpuacct. Fewer names would
/// be another hierarchy, which no container may make.
std::vector<FsParameter> hierarchy_of(const CgroupLayout& layout,
                                      const std::string& controller) {
  std::vector<FsParameter> names;
  const auto own = layout.v1.find(controller);
  for (const auto& [name, mount_point] : layout.v1) {
    if (own != layout.v1.end() && mount_point == own->second) {
      names.push_back({name, ""});
    }
  }
  return names;
}

/// Whether a cgroup file system mounted inside shows a part of the tree only:
/// the container's namespace, new or joined, is not the initial one, whose
/// inode is the same in every kernel (PROC_CGROUP_INIT_INO, linux/proc_ns.h).
bool has_cgroup_root(const Builder& builder) {
  const auto joined = builder.joined_links.find(NamespaceKind::kCgroup);
  return builder.is_new(NamespaceKind::kCgroup) ||
         (joined != builder.joined_links.end() &&
          joined->second != "cgroup:[4026531835]");
}

/// v1: one small tmpfs with a directory for each hierarchy the container is in.
void plan_cgroup_v1(Builder& builder, StepBuilder& step, const Mount& mount) {
  MountFlags flags = flags_of(mount);
  MountFlags base = flags;
  base.read_only = false;  // until the mount points are in it
  const int tmpfs = new_filesystem(
      builder, step, "tmpfs",
      {{"size", "64k"}, {"nr_inodes", "64"}, {"mode", "755"}}, base);
  attach_tree(builder, step, tmpfs, mount.destination, MountPoint::kDirectory,
              base);
  for (const CgroupDirectory& directory : builder.plan.cgroup->directories) {
    if (directory.controller.empty()) continue;
    const std::string place = mount.destination + "/" + directory.controller;
    int tree = -1;
    if (has_cgroup_root(builder)) {
      tree = new_filesystem(
          builder, step, "cgroup",
          hierarchy_of(builder.host.cgroups, directory.controller), flags);
    } else {
      tree = from_old_root(
          builder, step, builder.keep(directory.mount_point.substr(1)), false);
      set_flags(builder, step, tree, flags, false);
    }
    attach_in_new(builder, step, tree, place, flags);
    expect_mount(builder, place, "cgroup", flags);
  }
  if (flags.read_only) make_read_only(builder, step, mount.destination, base);
  expect_mount(builder, mount.destination, "tmpfs", flags);
}

}  // namespace

void plan_cgroup_mount(Builder& builder, StepBuilder& step,
                       const Mount& mount) {
  const CgroupLayout& layout = builder.host.cgroups;
  const bool v1 = builder.plan.cgroup && !builder.plan.cgroup->into_by_clone;
  if (v1) {
    plan_cgroup_v1(builder, step, mount);
    return;
  }
  if (has_cgroup_root(builder)) {
    plan_new(builder, step, mount, "cgroup2", {});
    return;
  }
  // A cgroup2 mounted from the initial cgroup namespace would change the
  // options of the host's own mount: the host's is shown instead.
  const std::string path =
      layout.v2_mount.empty() ? "sys/fs/cgroup" : layout.v2_mount.substr(1);
  plan_old_root_mount(builder, step, mount, builder.keep(path));
}

}  // namespace bulkhead
