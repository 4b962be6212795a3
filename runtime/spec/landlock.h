// What the container's processes take from themselves for good (landlock(7)),
// and the labels that another security module reads. Plain data, part of Spec.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

namespace bulkhead {

/// A Landlock domain around the whole container. It only takes away: what the
/// other boundaries refuse stays refused.
struct Landlock {
  /// Files beneath "/" may be read and executed, and changed beneath the
  /// places that the mounts leave writable; what is reached in any other way,
  /// such as through a descriptor that somebody outside hands in, is refused.
  bool by_mounts = true;
  /// The TCP ports that may be bound, connected to; absent: any.
  std::optional<std::set<std::uint16_t>> tcp_bind;
  std::optional<std::set<std::uint16_t>> tcp_connect;
  bool scope_signals = true;   ///< No signal to a process outside (6.12).
  bool scope_abstract = true;  ///< No abstract unix socket of one (6.12).
  bool operator==(const Landlock&) const = default;
};

/// Labels of the AppArmor and SELinux kind; empty: not asked for.
struct Labels {
  std::string apparmor;  ///< Profile that the program is executed under.
  std::string selinux;   ///< Context that the program is executed in.
  std::string mount;     ///< SELinux context of the files of new mounts.
  bool operator==(const Labels&) const = default;
};

/// The config.json annotation that stands for Spec::landlock: OCI has no field.
/// Its value is the text of a JSON object:
///   {"files": "mounts", "tcpBind": [80], "tcpConnect": [], "scope":
///    ["signals", "abstract"], "prefer": true}
/// A member that is absent confines nothing; "prefer" allows its lack.
inline constexpr const char* kLandlockAnnotation = "bulkhead.landlock";

}  // namespace bulkhead
