// rootfs: what /proc and /sys must not show, and what of them must not change.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>

#include "runtime/plan/builder.h"
#include "runtime/plan/mount_steps.h"

namespace bulkhead {
namespace {

/// The mount of the spec that `path` is on; null: the root's.
const Mount* mount_of(const Spec& spec, const std::string& path) {
  const Mount* closest = nullptr;
  for (const Mount& mount : spec.mounts) {
    const std::string& place = mount.destination;
    const bool holds = path == place || path.rfind(place + "/", 0) == 0;
    if (!holds) continue;
    if (closest == nullptr || place.size() >= closest->destination.size()) {
      closest = &mount;
    }
  }
  return closest;
}

/// The flags of that mount: a bind of `path` keeps them.
MountFlags inherited_flags(const Spec& spec, const std::string& path) {
  const Mount* mount = mount_of(spec, path);
  if (mount == nullptr) {
    return {false, spec.rootfs.nosuid, spec.rootfs.nodev, false};
  }
  return {mount->read_only, mount->nosuid, mount->nodev, mount->noexec};
}

/// Whether `path` is a directory inside, asked where it comes from: the image,
/// a bind's source, the same kind of file system on the host.
bool is_directory(const Spec& spec, const std::string& path) {
  const Mount* mount = mount_of(spec, path);
  std::string source = path;
  if (mount == nullptr) {
    source = spec.rootfs.path + path;
  } else if (mount->kind == MountKind::kBind) {
    source = mount->source + path.substr(mount->destination.size());
  }
  struct stat info {};
  return stat(source.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
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

/// A copy of the empty directory in the container's own /dev, or else a new
/// file system: that costs more, and the kernel takes memory for each one in
/// every memory cgroup there is (a shrinker: mm/shrinker.c). Returns its slot.
int empty_tree(Builder& builder, StepBuilder& step, const MountFlags& flags) {
  if (builder.empty_slot < 0) {
    return new_filesystem(builder, step, "tmpfs",
                          {{"size", "4k"}, {"nr_inodes", "2"}, {"mode", "555"}},
                          flags);
  }
  const int tree = clone_tree(builder, step, builder.empty_slot, "", false);
  set_flags(builder, step, tree, flags, false);
  return tree;
}

void mask_directory(Builder& builder, const std::string& path) {
  const MountFlags flags = {true, true, true, true};
  StepBuilder step =
      builder.step("rootfs.mask:" + path, Boundary::kRootfs, Side::kChild,
                   "Reads as empty: it tells of the host.");
  const int place = existing_place(builder, step, path);
  const int tree = empty_tree(builder, step, flags);
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
    if (is_directory(builder.spec, path)) {
      mask_directory(builder, path);
    } else {
      mask_file(builder, path);
    }
  }
  for (const std::string& path : builder.spec.readonly_paths) {
    // A mask is read-only.
    if (std::ranges::count(builder.spec.masked_paths, path) != 0) continue;
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
