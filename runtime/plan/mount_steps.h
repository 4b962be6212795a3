// The pieces that mounts are made of: a detached tree first, its flags second,
// its place in the root last (mount_points.cpp). Where the new mount API lacks
// something on old kernels, the classic call with the same result.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/plan/builder.h"

namespace bulkhead {

/// For steps that attach something.
inline constexpr const char* kMountPointRemedy =
    "a mount point that is missing, and that the container's root may not "
    "make, "
    "must be there: make it in the rootfs; no part of it may be a symbolic "
    "link";

struct MountFlags {
  bool read_only = false;
  bool nosuid = false;
  bool nodev = false;
  bool noexec = false;
};

/// As MOUNT_ATTR_… of fsmount(2) and mount_setattr(2).
[[nodiscard]] std::int64_t attributes(const MountFlags& flags);

/// One fsconfig(2) parameter; an empty value sets a flag.
struct FsParameter {
  std::string key;
  std::string value;
};

/// fsopen, fsconfig…, fsmount: a new file system, detached. Returns its slot.
int new_filesystem(Builder& builder, StepBuilder& step, const std::string& type,
                   const std::vector<FsParameter>& parameters,
                   const MountFlags& flags);

/// context=, where a label for new mounts is asked for (lsm.cpp).
void add_mount_label(const Builder& builder,
                     std::vector<FsParameter>& parameters);

/// open_tree(OPEN_TREE_CLONE) of `path`: a detached copy; an empty path means
/// what is open in `directory_slot` itself. Returns its slot.
int clone_tree(Builder& builder, StepBuilder& step, int directory_slot,
               const std::string& path, bool recursive);

/// Sets flags on a detached tree and makes it private (mount_setattr, 5.12). On
/// older kernels does nothing: attach_tree() then remounts.
void set_flags(Builder& builder, StepBuilder& step, int tree_slot,
               const MountFlags& flags, bool recursive);

/// Makes what is mounted at `path`, and below it, private: for old kernels.
void make_private(Builder& builder, StepBuilder& step, const std::string& path);

/// The same by two calls, either of which keeps what is done inside from the
/// host (mount_setattr(2), before Linux 5.12 MS_SLAVE): behind one that lied,
/// what is let go of would be unmounted on the host, too, long before any mount
/// is read back.
void make_private_for_sure(Builder& builder, StepBuilder& step,
                           const std::string& path);

/// A step that stands for the flags which `step_name` sets on its trees, so
/// that they can be left out alone.
void add_flags_step(Builder& builder, const std::string& step_name,
                    const std::string& destination, const MountFlags& flags);

/// Takes read-only from the top of a detached tree again, where the host has it
/// writable (mount_setattr, 5.12). On older kernels does nothing.
void make_writable(Builder& builder, StepBuilder& step, int tree_slot);

/// `flags`, and before 5.12 those of the host's mount at `source` as well: a
/// remount names all of them, and a user namespace may take none away.
[[nodiscard]] MountFlags with_flags_of(const Builder& builder,
                                       const std::string& source,
                                       MountFlags flags);

/// Sets the flags of the mount at `path` by the classic call, which names all.
StepBuilder& remount(Builder& builder, StepBuilder& step,
                     const std::string& path, const MountFlags& flags);

/// Before 5.12, after a recursive attach_tree(): remounts what the host has
/// mounted below `source`, one by one.
void remount_below(Builder& builder, StepBuilder& step,
                   const std::string& source, const std::string& destination,
                   const MountFlags& flags);

/// Turns the mount at `path` read-only, keeping `others`.
void make_read_only(Builder& builder, StepBuilder& step,
                    const std::string& path, const MountFlags& others);

inline constexpr const char* kIdmapRemedy =
    "the file system must support idmapped mounts: ext4 and xfs 5.12, btrfs "
    "5.15, tmpfs 6.3, overlayfs 7.3; or chown the tree to the mapped ids";

enum class MountPoint { kDirectory, kFile };

/// move_mount onto `destination` inside the new root, whose path may hold no
/// symbolic link; makes the mount point if it is missing.
void attach_tree(Builder& builder, StepBuilder& step, int tree_slot,
                 const std::string& destination, MountPoint kind,
                 const MountFlags& flags_on_old_kernels);

/// The same below a file system that this step has made: nothing is there yet.
void attach_in_new(Builder& builder, StepBuilder& step, int tree_slot,
                   const std::string& destination,
                   const MountFlags& flags_on_old_kernels);

/// Opens `destination` by a path without symbolic links; the rest of the step
/// is not needed where it is missing. First in its step: a tree that is made
/// and never attached costs an RCU grace period when exec closes it. Returns
/// its slot.
int existing_place(Builder& builder, StepBuilder& step,
                   const std::string& destination);

/// move_mount onto what existing_place() opened.
void attach_at(Builder& builder, StepBuilder& step, int tree_slot,
               int place_slot, const std::string& destination,
               const MountFlags& flags_on_old_kernels);

/// Adds a line to the expected mount table.
void expect_mount(Builder& builder, const std::string& destination,
                  const char* type, const MountFlags& flags,
                  bool subtree = false, bool optional = false);

/// "ro,nosuid" as mount(8) writes it.
[[nodiscard]] std::string shown(const MountFlags& flags);

}  // namespace bulkhead
