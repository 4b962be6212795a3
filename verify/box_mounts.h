// The crash box from the inside: what the harness and its subjects see in
// place of the machine.
#pragma once

#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "verify/box_cgroup.h"

namespace bulkhead::verify {

/// Where the box keeps everything of its own.
inline constexpr const char* kBoxDirectory = "/run/bulkhead";
inline constexpr const char* kBoxHostname = "crash-box";
/// The cgroup, below the box's root, in which the harness runs.
/// The name that runtimes know for the leaf of process 1: they put their own
/// beside it, where it may have controllers, and not below.
inline constexpr const char* kBoxLeaf = "init.scope";

struct BoxMounts {
  /// Without real root no device node can be made: the machine's are bound.
  bool user_namespace = false;
  std::vector<BoxCgroups::Subtree> cgroups;
  /// Programs that must stay reachable although they lie below a directory
  /// that the box replaces (/tmp, /run, …).
  std::vector<std::string> keep;
  /// Name, below /dev, of a harmless node (the null device) that only the box
  /// has.
  std::string canary_device;
};

/// Rebuilds this process's mount namespace: everything private and read-only,
/// own /proc, /sys, /dev, /tmp and /run, the box's own cgroups as the root of
/// every hierarchy. For a process alone in new mount, pid, net and cgroup
/// namespaces.
[[nodiscard]] Status build_box(const BoxMounts& mounts);

}  // namespace bulkhead::verify
