// Where a mount goes: a place in the new root that is found, or made, by a path
// without symbolic links.
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <cerrno>

#include "runtime/plan/mount_steps.h"

namespace bulkhead {
namespace {

/// Opens the place itself, by no path that holds a symbolic link, into `slot`.
void open_place(Builder& builder, StepBuilder& step,
                const std::string& destination, int slot) {
  open_how how{};
  how.flags = O_PATH | O_CLOEXEC | O_NOFOLLOW;
  how.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  step.call(SYS_openat2, "openat2(" + destination + ", RESOLVE_NO_SYMLINKS)",
            {value(AT_FDCWD), builder.text(destination), builder.record(how),
             value(sizeof how)})
      .into(slot);
}

/// One directory or empty file; what exists already is fine, and a read-only
/// file system that lacks it answers ENOENT to open_place().
void make_place(Builder& builder, StepBuilder& step, Argument directory,
                const std::string& name, const std::string& path,
                MountPoint kind) {
  if (kind == MountPoint::kFile) {
    step.call(SYS_mknodat, "mknodat(" + path + ", S_IFREG)",
              {directory, builder.text(name), value(S_IFREG | 0644), value(0)})
        .tolerate(EEXIST, EROFS);
  } else {
    step.call(SYS_mkdirat, "mkdirat(" + path + ")",
              {directory, builder.text(name), value(0755)})
        .tolerate(EEXIST, EROFS);
  }
}

/// Makes `path` below what is open: the image may have a link on the way, and
/// as long as the old root lies over the new one, the ".." of such a link leads
/// to the host's files.
void make_below(Builder& builder, StepBuilder& step, const std::string& path,
                MountPoint kind, int slot) {
  const std::size_t name = path.rfind('/') + 1;
  if (name == 1) {
    make_place(builder, step, value(AT_FDCWD), path, path, kind);
    return;
  }
  open_place(builder, step, path.substr(0, name - 1), slot);
  make_place(builder, step, slot_value(slot), path.substr(name), path, kind);
  step.call(SYS_close, "close", {slot_value(slot)});
}

/// Every directory on the way, and the mount point itself.
void make_mount_point(Builder& builder, StepBuilder& step,
                      const std::string& path, MountPoint kind) {
  const int slot = builder.slot();
  for (std::size_t at = path.find('/', 1); at != std::string::npos;
       at = path.find('/', at + 1)) {
    make_below(builder, step, path.substr(0, at), MountPoint::kDirectory, slot);
  }
  make_below(builder, step, path, kind, slot);
}

}  // namespace

int existing_place(Builder& builder, StepBuilder& step,
                   const std::string& destination) {
  const int target = builder.slot();
  open_place(builder, step, destination, target);
  step.or_next_step(ENOENT);
  return target;
}

void attach_at(Builder& builder, StepBuilder& step, int tree_slot,
               int place_slot, const std::string& destination,
               const MountFlags& flags_on_old_kernels) {
  step.call(SYS_move_mount, "move_mount(" + destination + ")",
            {slot_value(tree_slot), builder.text(""), slot_value(place_slot),
             builder.text(""),
             value(MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH)})
      .call(SYS_close, "close", {slot_value(place_slot)})
      .call(SYS_close, "close", {slot_value(tree_slot)});
  if (!builder.host.mount_setattr) make_private(builder, step, destination);
  if (attributes(flags_on_old_kernels) != 0 && !builder.host.mount_setattr) {
    remount(builder, step, destination, flags_on_old_kernels);
  }
}

void attach_tree(Builder& builder, StepBuilder& step, int tree_slot,
                 const std::string& destination, MountPoint kind,
                 const MountFlags& flags_on_old_kernels) {
  make_mount_point(builder, step, destination, kind);
  const int place = builder.slot();
  open_place(builder, step, destination, place);
  attach_at(builder, step, tree_slot, place, destination, flags_on_old_kernels);
}

void attach_in_new(Builder& builder, StepBuilder& step, int tree_slot,
                   const std::string& destination,
                   const MountFlags& flags_on_old_kernels) {
  const int place = builder.slot();
  const std::size_t name = destination.rfind('/') + 1;
  open_place(builder, step, destination.substr(0, name - 1), place);
  step.call(SYS_mkdirat, "mkdirat(" + destination + ")",
            {slot_value(place), builder.text(destination.substr(name)),
             value(0755)})
      .call(SYS_close, "close", {slot_value(place)});
  open_place(builder, step, destination, place);
  attach_at(builder, step, tree_slot, place, destination, flags_on_old_kernels);
}

}  // namespace bulkhead
