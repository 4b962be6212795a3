// What this kernel and these privileges give: tried, never guessed from a
// version.
#pragma once

#include <sys/resource.h>

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/host/time_try.h"

namespace bulkhead {

/// Where the cgroup controllers are (cgroups(7)).
struct CgroupLayout {
  /// v1: controller name → mount point of its hierarchy.
  std::map<std::string, std::string> v1;
  /// v2: mount point ("" when not mounted) and the controllers it carries.
  std::string v2_mount;
  std::vector<std::string> v2_controllers;
  /// The caller's own cgroup in v2 and in each v1 hierarchy ("/…").
  std::string v2_own_path;
  /// Controller ("" for v2) → how /proc/self/cgroup begins the line of a
  /// cgroup directly below the mount point: "4:memory:", "0::".
  std::map<std::string, std::string> line_prefix;
  std::map<std::string, std::string> v1_own_path;

  [[nodiscard]] bool v2_has(const std::string& controller) const;

  /// The caller's own v2 cgroup, relative to the mount ("user.slice/…"), where
  /// it is delegated to the caller with all of `controllers`; else "".
  [[nodiscard]] std::string delegated(
      const std::vector<std::string>& controllers) const;
};

/// One mount of the caller's namespace, from /proc/self/mountinfo.
struct HostMount {
  std::string root;
  std::string mount_point;
  std::string type;
  std::string super_options;
};

/// A line of the caller's own uid_map: ids `first`… as it sees them.
struct MappedRange {
  std::uint32_t first = 0;
  std::uint64_t count = 0;
};

struct Host {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::vector<std::uint32_t> groups;
  std::string user_name;  ///< For /etc/subuid; may be empty.
  std::uint64_t effective_capabilities = 0;
  int last_capability = 0;  ///< The running kernel's highest (cap_last_cap).
  /// Root of the machine: CAP_SYS_ADMIN in the initial user namespace. May
  /// build containers without a user namespace, idmap mounts, make nodes.
  bool privileged = false;
  /// CAP_SETUID and CAP_SETGID: any map of the ids that it has itself…
  bool may_map_ranges = false;
  std::vector<MappedRange> own_uids;  ///< …which are these.
  bool setgroups_allowed = true;      ///< /proc/self/setgroups
  bool mount_setattr = false;         ///< 5.12
  bool close_range_cloexec = false;   ///< 5.11
  bool time_namespaces = false;       ///< 5.6
  bool keys = true;       ///< The kernel has keyrings (keyrings(7))…
  int keyctl_error = 0;   ///< …which a filter keeps: its answer; or 0.
  int landlock_abi = 0;   ///< 0: none (landlock(7))
  bool apparmor = false;  ///< Active: a task has a profile…
  bool selinux = false;   ///< …or a context.
  std::string lsm;        ///< The active ones, "" when nobody says.
  std::array<rlimit, RLIM_NLIMITS> rlimits{};
  CgroupLayout cgroups;
  std::vector<HostMount> mounts;
  /// Begun by who knows that the answer will be wanted; or empty.
  std::shared_ptr<TimeNamespaceTry> time_try;

  /// Whether all of these ids exist in the caller's user namespace.
  [[nodiscard]] bool has_uids(std::uint32_t first, std::uint64_t count) const;

  [[nodiscard]] bool has_capability(int capability) const {
    return (effective_capabilities >> capability & 1) != 0;
  }
};

/// Looks at the host: some 20 cheap system calls.
[[nodiscard]] Result<Host> probe_host();

/// Mounts in the order of /proc/self/mountinfo, octal escapes undone.
[[nodiscard]] std::vector<HostMount> parse_mountinfo(const std::string& text);

/// Controllers and paths out of mounts and /proc/self/cgroup's text.
[[nodiscard]] CgroupLayout cgroup_layout(const std::vector<HostMount>& mounts,
                                         const std::string& proc_self_cgroup);

/// A line of /etc/subuid or /etc/subgid for this user: first id and count.
struct SubordinateRange {
  std::uint32_t first = 0;
  std::uint32_t count = 0;
};
[[nodiscard]] std::optional<SubordinateRange> subordinate_range(
    const std::string& file_text, const std::string& user_name,
    std::uint32_t uid);

}  // namespace bulkhead
