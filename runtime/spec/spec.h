// The isolation that is asked for: plain data, no behaviour. Its file form is
// the OCI runtime-spec config.json (spec/oci.h), so the same bundle goes to
// every OCI runtime. Absent optionals mean "not asked for".
#pragma once

#include <sys/resource.h>

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "runtime/base/boundary.h"
#include "runtime/spec/binfmt.h"
#include "runtime/spec/landlock.h"
#include "runtime/spec/resources.h"

namespace bulkhead {

// ---- namespaces -----------------------------------------------------------

/// Index into Spec::namespaces; the order is that of Boundary.
enum class NamespaceKind : std::uint8_t {
  kPid,
  kMount,
  kNet,
  kIpc,
  kUts,
  kUser,
  kCgroup,
  kTime,
};
inline constexpr std::size_t kNamespaceKinds = 8;

enum class NamespaceMode : std::uint8_t { kHost, kNew, kJoin };

/// One namespace: the caller's, a new one, or one joined by `path`
/// (namespaces(7), setns(2)).
struct Namespace {
  NamespaceMode mode = NamespaceMode::kHost;
  std::string path;  ///< Only for kJoin.
  bool operator==(const Namespace&) const = default;
};

/// One line of uid_map or gid_map (user_namespaces(7)).
struct IdMapping {
  std::uint32_t container_id = 0;
  std::uint32_t host_id = 0;
  std::uint32_t size = 0;
  bool operator==(const IdMapping&) const = default;
};

/// Seconds and nanoseconds added to a clock (time_namespaces(7)).
struct ClockOffset {
  std::int64_t seconds = 0;
  std::uint32_t nanoseconds = 0;
  bool operator==(const ClockOffset&) const = default;
};

// ---- file system ----------------------------------------------------------

/// What Mount's zeroes stand for: no tmpfs and no devpts is ever unbounded.
inline constexpr std::uint64_t kDefaultTmpfsBytes = 64ULL << 20;
inline constexpr std::uint64_t kDefaultTmpfsInodes = 4096;
inline constexpr std::uint32_t kDefaultPtyMax = 1024;

enum class MountKind : std::uint8_t {
  kBind,
  kProc,
  kSysfs,
  kTmpfs,
  kDevpts,
  kMqueue,
  kCgroup,  ///< The container's own cgroup, v1 or v2 as the host has it.
};

/// One mount inside the container, in order. For kBind `source` is a host
/// path. Flags default to the confining side.
struct Mount {
  MountKind kind = MountKind::kBind;
  std::string destination;  ///< Absolute, inside the container.
  std::string source;       ///< kBind only: absolute path on the host.
  bool read_only = false;
  bool nosuid = true;
  bool nodev = true;
  bool noexec = false;
  bool recursive = false;        ///< kBind: with the submounts of `source`.
  bool idmap = false;            ///< kBind: through the container's id maps.
  std::uint64_t size_bytes = 0;  ///< kTmpfs; 0: the preset's default.
  std::uint64_t inodes = 0;      ///< kTmpfs; 0: the preset's default.
  std::uint32_t mode = 0755;     ///< kTmpfs root's permission bits.
  bool subset_pid = false;       ///< kProc: subset=pid (5.8).
  bool hidepid = false;          ///< kProc: hidepid=ptraceable (5.8).
  std::uint32_t pty_max = 0;     ///< kDevpts: max=; 0: the preset's default.
  std::optional<std::uint32_t> gid;  ///< kDevpts, kTmpfs: gid=
  bool operator==(const Mount&) const = default;
};

struct Rootfs {
  std::string path;  ///< Host directory that becomes "/".
  bool read_only = true;
  bool nosuid = true;
  bool nodev = true;
  bool idmap = true;  ///< Show host-root's files as the container's root's
                      ///< (mount_setattr MOUNT_ATTR_IDMAP, 5.12). Ignored
                      ///< without a user namespace.
  bool pivot = true;  ///< false is sabotage: stay on the host's root.
  bool operator==(const Rootfs&) const = default;
};

// ---- devices --------------------------------------------------------------

/// A device node to be made under /dev.
struct DeviceNode {
  std::string path;
  char type = 'c';  ///< 'c', 'b' or 'p'.
  std::uint32_t major = 0;
  std::uint32_t minor = 0;
  std::uint32_t mode = 0666;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  bool operator==(const DeviceNode&) const = default;
};

// ---- privileges -----------------------------------------------------------

/// Bit n is capability n (capabilities(7)).
using CapabilityMask = std::uint64_t;

struct Capabilities {
  CapabilityMask bounding = 0;
  CapabilityMask effective = 0;
  CapabilityMask permitted = 0;
  CapabilityMask inheritable = 0;
  CapabilityMask ambient = 0;
  bool operator==(const Capabilities&) const = default;
};

enum class SeccompAction : std::uint8_t {
  kAllow,
  kErrno,
  kKillProcess,
  kKillThread,
  kTrap,
  kLog,
};

enum class SeccompCompare : std::uint8_t {
  kNotEqual,
  kLess,
  kLessEqual,
  kEqual,
  kGreaterEqual,
  kGreater,
  kMaskedEqual,  ///< (argument & value) == value_two
};

struct SeccompArgument {
  std::uint32_t index = 0;
  std::uint64_t value = 0;
  std::uint64_t value_two = 0;
  SeccompCompare compare = SeccompCompare::kEqual;
  bool operator==(const SeccompArgument&) const = default;
};

struct SeccompRule {
  std::vector<std::string> names;
  SeccompAction action = SeccompAction::kAllow;
  std::optional<std::uint32_t> errno_return;
  std::vector<SeccompArgument> arguments;  ///< All must match.
  bool operator==(const SeccompRule&) const = default;
};

struct Seccomp {
  SeccompAction default_action = SeccompAction::kErrno;
  std::optional<std::uint32_t> default_errno_return;
  std::vector<std::string>
      architectures;  ///< "SCMP_ARCH_X86_64"; empty: native
  std::vector<SeccompRule> rules;
  bool operator==(const Seccomp&) const = default;
};

// ---- the process ----------------------------------------------------------

struct Rlimit {
  int resource = 0;  ///< RLIMIT_*
  std::uint64_t soft = 0;
  std::uint64_t hard = 0;
  bool operator==(const Rlimit&) const = default;
};

struct Process {
  std::vector<std::string> argv;
  std::vector<std::string> environment;  ///< Whole; nothing is inherited.
  std::string cwd = "/";
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::vector<std::uint32_t> additional_gids;
  std::optional<std::uint32_t> umask;
  std::optional<std::int32_t> oom_score_adj;
  bool no_new_privs = false;
  /// Absent: keep what the caller has (OCI: no `capabilities` object).
  std::optional<Capabilities> capabilities;
  /// Securebits to set and lock where they take nothing away that
  /// `capabilities` grants (capabilities(7), "The securebits flags"). Without
  /// it they are locked only where no capability can ever be had.
  bool lock_securebits = false;
  std::vector<Rlimit> rlimits;
  bool operator==(const Process&) const = default;
};

/// What OCI has no word for: the session and descriptor hygiene of a start.
struct Session {
  bool new_keyring = true;  ///< keyctl(KEYCTL_JOIN_SESSION_KEYRING)
  bool setsid = true;
  bool clean_environment = true;  ///< false is sabotage: the caller's is added
  bool verify_cwd = true;
  bool exact_ids = true;  ///< false is sabotage: groups and ids are left alone
  /// The caller's signals, personality and preference.
  bool reset_inherited = true;
  bool close_fds = true;  ///< boundary `fds`
  bool operator==(const Session&) const = default;
};

// ---- all of it ------------------------------------------------------------

struct Spec {
  std::string oci_version = "1.0.2";
  Process process;
  Rootfs rootfs;
  Session session;
  std::optional<std::string> hostname;
  std::optional<std::string> domainname;
  std::array<Namespace, kNamespaceKinds> namespaces{};
  std::vector<IdMapping> uid_mappings;
  std::vector<IdMapping> gid_mappings;
  std::optional<ClockOffset> monotonic_offset;
  std::optional<ClockOffset> boottime_offset;
  bool loopback_up = true;  ///< In a new network namespace.
  std::vector<Mount> mounts;
  std::vector<std::string> masked_paths;
  std::vector<std::string> readonly_paths;
  std::vector<DeviceNode> devices;
  bool minimal_dev = false;  ///< A tmpfs /dev with `devices` and links.
  Resources resources;
  std::string cgroups_path;  ///< Below each hierarchy's root; empty: made up.
  std::optional<Seccomp> seccomp;
  std::optional<Landlock> landlock;
  Labels labels;
  Binfmt binfmt;
  std::vector<std::pair<std::string, std::string>> sysctls;

  /// Boundaries or "boundary.feature" names that may be missing; every use
  /// stands in the Result. Everything else is required.
  std::set<std::string> prefer;
  /// Sabotage, refused without `unsafe`, written into the Result.
  BoundarySet without;
  std::set<std::string> skipped_steps;
  bool unsafe = false;

  bool operator==(const Spec&) const = default;

  [[nodiscard]] Namespace& ns(NamespaceKind kind) {
    return namespaces[static_cast<std::size_t>(kind)];
  }
  [[nodiscard]] const Namespace& ns(NamespaceKind kind) const {
    return namespaces[static_cast<std::size_t>(kind)];
  }
};

}  // namespace bulkhead
