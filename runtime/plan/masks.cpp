// rootfs: what /proc and /sys must not show, and what of them must not change.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <cerrno>

#include "runtime/plan/builder.h"
#include "runtime/plan/mount_steps.h"

namespace bulkhead {
namespace {

bool is_directory(const std::string& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

/// The flags of the planned mount that `path` is on: a bind of it keeps them.
MountFlags inherited_flags(const Spec& spec, const std::string& path) {
  MountFlags flags = {false, spec.rootfs.nosuid, spec.rootfs.nodev, false};
  std::size_t longest = 0;
  for (const Mount& mount : spec.mounts) {
    const std::string prefix = mount.destination + "/";
    if (path.rfind(prefix, 0) == 0 && prefix.size() > longest) {
      longest = prefix.size();
      flags = {mount.read_only, mount.nosuid, mount.nodev, mount.noexec};
    }
  }
  return flags;
}

/// The mount table may lack a cover, since the kernel may lack the path. Here
/// the path is there: what is no mount answers EINVAL, so that a move_mount
/// that lied is seen.
void expect_cover(Builder& builder, StepBuilder& step, const std::string& path,
                  const MountFlags& flags) {
  make_read_only(builder, step, path, flags);
}

/// Binds the container's own null device over a file, or the host's where it
/// has none of its own; never the image's: CVE-2025-31133.
void mask_file(Builder& builder, const std::string& path) {
  const MountFlags flags = {true, true, false, true};
  StepBuilder step =
      builder.step("rootfs.mask:" + path, Boundary::kRootfs, Side::kChild,
                   "Reads as empty: it tells of the host.");
  const int place = existing_place(builder, step, path);
  const int tree =
      builder.null_slot >= 0
          ? clone_tree(builder, step, builder.null_slot, "", false)
          : clone_tree(builder, step, builder.old_root_slot, "dev/null", false);
  set_flags(builder, step, tree, flags, false);
  attach_at(builder, step, tree, place, path, flags);
  expect_cover(builder, step, path, flags);
  expect_mount(builder, path, nullptr, flags, false, true);
  step.shell("[ ! -e \"$root\"" + shell_word(path) +
             " ] || mount --bind /dev/null \"$root\"" + shell_word(path));
}

void mask_directory(Builder& builder, const std::string& path) {
  const MountFlags flags = {true, true, true, true};
  StepBuilder step =
      builder.step("rootfs.mask:" + path, Boundary::kRootfs, Side::kChild,
                   "Reads as empty: it tells of the host.");
  const int place = existing_place(builder, step, path);
  const int tree = new_filesystem(
      builder, step, "tmpfs",
      {{"size", "4k"}, {"nr_inodes", "2"}, {"mode", "555"}}, flags);
  attach_at(builder, step, tree, place, path, flags);
  expect_cover(builder, step, path, flags);
  expect_mount(builder, path, "tmpfs", flags, false, true);
  step.shell("[ ! -d \"$root\"" + shell_word(path) +
             " ] || mount -t tmpfs -o " + shown(flags) +
             ",size=4k,nr_inodes=2 tmpfs \"$root\"" + shell_word(path));
}

}  // namespace

void plan_masks(Builder& builder) {
  if (!builder.spec.rootfs.pivot) return;
  for (const std::string& path : builder.spec.masked_paths) {
    if (is_directory(path)) {
      mask_directory(builder, path);
    } else {
      mask_file(builder, path);
    }
  }
  for (const std::string& path : builder.spec.readonly_paths) {
    MountFlags flags = inherited_flags(builder.spec, path);
    flags.read_only = true;
    StepBuilder step =
        builder.step("rootfs.readonly:" + path, Boundary::kRootfs, Side::kChild,
                     "May be read, not written: it sets the host's behaviour.");
    const int place = existing_place(builder, step, path);
    const int tree = clone_tree(builder, step, place, "", true);
    set_flags(builder, step, tree, flags, true);
    attach_at(builder, step, tree, place, path, flags);
    expect_cover(builder, step, path, flags);
    expect_mount(builder, path, nullptr, flags, true, true);
    const std::string word = "\"$root\"" + shell_word(path);
    step.shell("[ ! -e " + word + " ] || mount --rbind " + word + " " + word);
    step.shell("[ ! -e " + word + " ] || mount -o remount,bind," +
               shown(flags) + " " + word);
  }
}

}  // namespace bulkhead
