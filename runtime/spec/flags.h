// The isolation flags of the command line, and the Spec that they ask for.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/spec/spec.h"

namespace bulkhead {

/// What the user wrote, uninterpreted; spec_from_flags interprets it.
struct SpecFlags {
  std::string preset = "hardened";
  std::string rootfs = "/";
  bool read_write = false;           ///< --rw
  bool read_only = false;            ///< --ro
  std::vector<std::string> binds;    ///< SRC:DST[:OPTION,…]
  std::vector<std::string> tmpfses;  ///< DST[:OPTION,…]
  std::vector<std::string> binfmts;  ///< ARCH=INTERPRETER
  std::optional<std::string> hostname;
  std::optional<std::string> domainname;
  std::vector<std::string> environment;  ///< K=V
  std::optional<std::string> cwd;
  std::optional<std::string> user;  ///< UID[:GID]
  std::vector<std::string> groups;
  std::optional<std::string> umask;  ///< octal
  std::vector<std::string> capabilities_added;
  std::vector<std::string> capabilities_dropped;
  std::optional<std::string> memory;
  std::optional<std::string> swap;
  std::optional<std::string> pids;
  std::optional<std::string> cpus;
  std::optional<std::string> cpu_weight;
  std::optional<std::string> cpuset_cpus;  ///< "0-3,5"
  std::optional<std::string> cpuset_mems;
  std::vector<std::string> io_max;   ///< DEVICE:KEY=RATE[,…]
  std::vector<std::string> hugetlb;  ///< PAGE=SIZE
  std::vector<std::string> rlimits;  ///< NAME=SOFT[:HARD]
  /// "new", "host" or a path, by NamespaceKind.
  std::array<std::optional<std::string>, kNamespaceKinds> namespaces;
  std::vector<std::string> uid_mappings;  ///< C:H:N
  std::vector<std::string> gid_mappings;
  std::vector<std::string> masked_paths;
  std::vector<std::string> readonly_paths;
  std::vector<std::string> sysctls;    ///< K=V
  std::optional<std::string> seccomp;  ///< "default", "none" or a file
  std::optional<std::string> seccomp_errno;
  std::vector<std::string> seccomp_architectures;
  std::optional<std::string> no_new_privs;    ///< "true" or "false"
  std::optional<std::string> landlock;        ///< "mounts" or "none"
  std::vector<std::string> landlock_bind;     ///< ports, "none" or "any"
  std::vector<std::string> landlock_connect;  ///< the same
  std::optional<std::string> apparmor;        ///< profile
  std::optional<std::string> selinux;         ///< context of the process
  std::optional<std::string> mount_label;     ///< context of its new mounts
  std::vector<std::string> prefer;
  std::vector<std::string> without;
  std::vector<std::string> skipped_steps;
  bool unsafe = false;
  std::optional<std::string> cgroups_path;
  std::vector<std::string> command;  ///< CMD ARGS… after "--"
  bool operator==(const SpecFlags&) const = default;
};

/// Where the value of a flag goes: a switch, one value, or as many as are
/// given.
using FlagValue = std::variant<bool*, std::string*, std::optional<std::string>*,
                               std::vector<std::string>*>;

/// One flag of the command line.
struct Flag {
  std::string_view name;  ///< "--rootfs"
  const char* group;      ///< Of the help; "" for none.
  const char* type;       ///< "DIR"; "" for a switch.
  const char* help;
  FlagValue (*at)(SpecFlags&);
};

/// Every flag of SpecFlags; the command has none.
[[nodiscard]] std::span<const Flag> spec_flags();

/// A flag with one value that a verb has beside these.
struct MoreFlag {
  std::string_view name;
  std::string* value;
};

/// Reads flags that are written in the plain way, `--flag value` or
/// `--flag=value`, and the command after `--`, or as one last word. False, with
/// `flags` half filled, for everything else: then a whole parser must read
/// them, or say what is wrong. What is read here means the same to that one.
[[nodiscard]] bool read_plain_flags(std::span<const std::string_view> words,
                                    SpecFlags& flags,
                                    std::span<const MoreFlag> more = {});

/// The Spec; or an Error (kind kUsage), one line for each bad value: the flag,
/// the value, what would be right. The result is not yet validated.
[[nodiscard]] Result<Spec> spec_from_flags(const SpecFlags& flags);

/// "64M" → 67108864; suffixes K M G T (1024), none: bytes.
[[nodiscard]] Result<std::uint64_t> parse_size(std::string_view text);

}  // namespace bulkhead
