// The crash box's own cgroup: one directory below the root of every hierarchy
// that this host has mounted, bounded, removed on every path.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/state/intend.h"

namespace bulkhead::verify {

/// One mounted cgroup hierarchy.
struct Hierarchy {
  std::string mount_point;
  bool unified = false;     ///< cgroup2
  std::string controllers;  ///< v1: "memory", "cpu,cpuacct", "name=systemd"
  bool operator==(const Hierarchy&) const = default;
};

/// The hierarchies in `mountinfo` (proc_pid_mountinfo(5)), each once. On a
/// hybrid host only v1: no runtime takes limits from its bare cgroup2.
[[nodiscard]] std::vector<Hierarchy> find_hierarchies(
    std::string_view mountinfo);

/// Bounds of the box, so that a control without limits cannot hurt the host.
inline constexpr std::string_view kBoxMemoryBytes = "1073741824";
inline constexpr std::string_view kBoxPids = "2000";

/// Puts on the record what BoxCgroups will make, so that `bulkhead gc` removes
/// it should this process be killed. An error: nothing may be made.
[[nodiscard]] Result<Intended> intend_box(
    const std::vector<Hierarchy>& hierarchies, const std::string& name);

/// Owns the box's directories; the destructor removes them.
class BoxCgroups {
 public:
  /// Makes NAME in every hierarchy that lets it, and sets the bounds. What
  /// could not be made is in notes(). `intended` is what intend_box() gave.
  BoxCgroups(std::vector<Hierarchy> hierarchies, const std::string& name,
             Intended intended);
  BoxCgroups(const BoxCgroups&) = delete;
  BoxCgroups& operator=(const BoxCgroups&) = delete;
  ~BoxCgroups() { remove(); }

  struct Subtree {
    Hierarchy hierarchy;
    std::string path;
  };
  [[nodiscard]] const std::vector<Subtree>& subtrees() const {
    return subtrees_;
  }
  [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }

  /// Moves `pid` into all of them.
  [[nodiscard]] Status enter(pid_t pid) const;
  /// A frozen process does not die of SIGKILL in v1: let them all run.
  void thaw() const;
  /// Kills what is left inside and removes the directories bottom-up. False
  /// if something could not be removed; again: nothing.
  bool remove();

 private:
  bool bound(const Subtree& subtree);
  void delegate(const Hierarchy& hierarchy);

  std::vector<Subtree> subtrees_;
  std::vector<std::string> notes_;
  std::string enabled_at_;  ///< cgroup2 mount whose subtree_control we changed
  std::vector<std::string> enabled_;
  Intended intended_;
};

/// Removes every cgroup below `root` (not `root` itself) except `keep`, after
/// killing what still runs in them.
bool remove_cgroups_below(const std::string& root, std::string_view keep = {});

}  // namespace bulkhead::verify
