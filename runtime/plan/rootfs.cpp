// rootfs: a detached copy of the tree, mounted over "/" and pivoted into; the
// old root is let go of once nothing needs it. No path below the rootfs is ever
// resolved from outside it: that is where CVE-2019-16884 … CVE-2026-41579 are.
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>

#include "runtime/plan/builder.h"
#include "runtime/plan/mount_steps.h"

namespace bulkhead {
namespace {

MountFlags root_flags(const Rootfs& rootfs) {
  MountFlags flags;
  flags.nosuid = rootfs.nosuid;
  flags.nodev = rootfs.nodev;
  return flags;
}

bool has_submounts(const Host& host, const std::string& path) {
  const std::string prefix = path == "/" ? "/" : path + "/";
  return std::any_of(host.mounts.begin(), host.mounts.end(),
                     [&](const HostMount& mount) {
                       return mount.mount_point.size() > prefix.size() &&
                              mount.mount_point.rfind(prefix, 0) == 0;
                     });
}

/// The tree has mounts in it that an unprivileged caller cannot leave out
/// (they are locked together in a mount namespace of fewer rights).
bool root_has_submounts(const Builder& builder) {
  return !builder.host.privileged &&
         has_submounts(builder.host, builder.spec.rootfs.path);
}

Status check_rootfs(const Rootfs& rootfs) {
  struct stat info {};
  if (stat(rootfs.path.c_str(), &info) != 0) {
    return fail("rootfs " + rootfs.path, errno,
                "name an existing directory that this user may enter");
  }
  if (!S_ISDIR(info.st_mode)) {
    return fail("rootfs " + rootfs.path, ENOTDIR, "name a directory");
  }
  return {};
}

/// Whether the host id `owner` is one of the container's.
bool is_mapped(const std::vector<IdMapping>& maps, uid_t owner) {
  return std::any_of(maps.begin(), maps.end(), [&](const IdMapping& map) {
    return owner >= map.host_id && owner - map.host_id < map.size;
  });
}

/// The host's own root is not an image: nobody may read its private files.
bool wants_idmap(const Builder& builder) {
  const Spec& spec = builder.spec;
  struct stat info {};
  return spec.rootfs.idmap && spec.rootfs.path != "/" &&
         builder.is_new(NamespaceKind::kUser) && builder.host.privileged &&
         stat(spec.rootfs.path.c_str(), &info) == 0 &&
         !is_mapped(spec.uid_mappings, info.st_uid);
}

}  // namespace

Status plan_rootfs_source(Builder& builder) {
  const Spec& spec = builder.spec;
  if (!spec.rootfs.pivot) return {};
  if (!builder.is_new(NamespaceKind::kMount)) {
    return fail("rootfs: a root of its own takes a mount namespace of its own",
                0, "use --mountns new");
  }
  if (Status status = check_rootfs(spec.rootfs); !status) return status;
  const bool recursive = root_has_submounts(builder);
  StepBuilder step = builder.step(
      "rootfs.tree", Boundary::kRootfs,
      builder.host.privileged ? Side::kBefore : Side::kChild,
      "A detached copy of the tree: no path names it, nothing can race it.");
  builder.root_slot =
      clone_tree(builder, step, -1, spec.rootfs.path, recursive);
  if (wants_idmap(builder)) {
    if (!builder.host.mount_setattr) {
      return fail("rootfs: this kernel cannot show " + spec.rootfs.path +
                      " through the container's id maps",
                  0,
                  "use Linux 5.12 or newer, or give the tree to the mapped ids "
                  "(chown -R)");
    }
    StepBuilder mapped = builder.step(
        "rootfs.idmap", Boundary::kUserns, Side::kBeside,
        "Files of the host's root belong to the container's root, unchanged on "
        "disk.",
        kIdmapRemedy);
    mapped.idmap(builder.root_slot);
  }
  MountFlags expected = root_flags(spec.rootfs);
  expected.read_only = spec.rootfs.read_only;
  if (recursive) {
    // What is mounted in the tree comes along, since an unprivileged caller
    // may not leave it out: no more rights for it than for the tree. The top
    // is writable until every mount point is there.
    set_flags(builder, step, builder.root_slot, expected, true);
    if (expected.read_only) {
      make_writable(builder, step, builder.root_slot);
    }
  } else {
    set_flags(builder, step, builder.root_slot, root_flags(spec.rootfs), false);
  }
  add_flags_step(builder, "rootfs.tree", "/", root_flags(spec.rootfs));
  expect_mount(builder, "/", nullptr, expected, recursive);
  return {};
}

void plan_mountns(Builder& builder) {
  if (!builder.is_new(NamespaceKind::kMount)) return;
  StepBuilder step = builder.step(
      "mountns.private", Boundary::kMountns, Side::kChild,
      "Before the first mount: nothing done here may appear on the host.");
  make_private_for_sure(builder, step, "/");
  step.shell("mount --make-rprivate /");
}

void plan_pivot(Builder& builder) {
  if (!builder.spec.rootfs.pivot) return;
  builder.old_root_slot = builder.slot();
  StepBuilder step =
      builder.step("rootfs.pivot", Boundary::kRootfs, Side::kChild,
                   "The new root is entered before anything in it is touched; "
                   "chroot alone can be left again.");
  step.call(SYS_openat, "open(/, O_PATH)",
            {value(AT_FDCWD), builder.text("/"),
             value(O_PATH | O_DIRECTORY | O_CLOEXEC)})
      .into(builder.old_root_slot)
      .call(SYS_move_mount, "move_mount(rootfs, /)",
            {slot_value(builder.root_slot), builder.text(""), value(AT_FDCWD),
             builder.text("/"), value(MOVE_MOUNT_F_EMPTY_PATH)})
      .call(SYS_fchdir, "fchdir(rootfs)", {slot_value(builder.root_slot)});
  if (!builder.host.mount_setattr) make_private(builder, step, ".");
  step.call(SYS_pivot_root, "pivot_root(., .)",
            {builder.text("."), builder.text(".")});
  if (!builder.host.mount_setattr) {
    const MountFlags flags = with_flags_of(builder, builder.spec.rootfs.path,
                                           root_flags(builder.spec.rootfs));
    step.call(
        SYS_mount, "mount(/, MS_REMOUNT|MS_BIND, " + shown(flags) + ")",
        {value(0), builder.text("/"), value(0),
         value(static_cast<std::int64_t>(
             MS_REMOUNT | MS_BIND | (flags.read_only ? MS_RDONLY : 0) |
             (flags.nosuid ? MS_NOSUID : 0) | (flags.nodev ? MS_NODEV : 0) |
             (flags.noexec ? MS_NOEXEC : 0))),
         value(0)});
    MountFlags below = root_flags(builder.spec.rootfs);
    below.read_only = builder.spec.rootfs.read_only;
    if (root_has_submounts(builder)) {
      remount_below(builder, step, builder.spec.rootfs.path, "/", below);
    }
  }
  step.shell("mount --bind -o nosuid,nodev " +
             shell_word(builder.spec.rootfs.path) + " \"$root\"");
}

void plan_rootfs_finish(Builder& builder) {
  if (!builder.spec.rootfs.pivot) return;
  builder
      .step("rootfs.detach_old", Boundary::kRootfs, Side::kChild,
            "The host's tree is let go of, not hidden.")
      .call(SYS_fchdir, "fchdir(old root)", {slot_value(builder.old_root_slot)})
      .call(SYS_umount2, "umount2(., MNT_DETACH)",
            {builder.text("."), value(MNT_DETACH)})
      .call(SYS_close, "close", {slot_value(builder.old_root_slot)})
      .call(SYS_chdir, "chdir(/)", {builder.text("/")});
  if (!builder.spec.rootfs.read_only) return;
  StepBuilder step =
      builder.step("rootfs.read_only", Boundary::kRootfs, Side::kChild,
                   "Last, when every mount point is there.");
  make_read_only(builder, step, "/",
                 with_flags_of(builder, builder.spec.rootfs.path,
                               root_flags(builder.spec.rootfs)));
  step.shell("mount -o remount,bind,ro \"$root\"");
}

}  // namespace bulkhead
