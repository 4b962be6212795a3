// The table of flags, and the short way to read them.
#include "runtime/spec/flags.h"

#include <algorithm>
#include <array>

#include "runtime/spec/flags_problems.h"

namespace bulkhead {
namespace {

constexpr const char* kFiles = "Files";
constexpr const char* kNamespaces = "Namespaces";
constexpr const char* kPrivileges = "Privileges";
constexpr const char* kResources = "Resources";
constexpr const char* kProcess = "Process";
constexpr const char* kSabotage = "Sabotage";

constexpr const char* kWhose = "new|host|PATH";
constexpr const char* kOwn =
    "a namespace of its own, the host's, or the one at PATH";

template <auto member>
FlagValue at(SpecFlags& flags) {
  return &(flags.*member);
}
template <std::size_t kind>
FlagValue namespace_at(SpecFlags& flags) {
  return &flags.namespaces[kind];
}

constexpr auto kFlags = std::to_array<Flag>({
    {"--preset", "", "hardened|oci|strict|none",
     "what to start from (default: hardened)", at<&SpecFlags::preset>},
    {"--rootfs", kFiles, "DIR",
     "directory that becomes / (default: the host's own)",
     at<&SpecFlags::rootfs>},
    {"--rw", kFiles, "", "writable root", at<&SpecFlags::read_write>},
    {"--ro", kFiles, "", "read-only root", at<&SpecFlags::read_only>},
    {"--bind", kFiles, "SRC:DST[:OPT,…]",
     "show a host path inside; read-only, nosuid, nodev unless OPT says rw, "
     "suid, dev; also noexec, rec, idmap",
     at<&SpecFlags::binds>},
    {"--tmpfs", kFiles, "DST[:OPT,…]",
     "an empty writable directory: size=64M,inodes=N,mode=1777,exec",
     at<&SpecFlags::tmpfses>},
    {"--binfmt", kFiles, "ARCH=FILE",
     "run programs of an architecture (uname -m) by a static interpreter of "
     "the host's, such as aarch64=/usr/bin/qemu-aarch64-static; registered for "
     "this container alone",
     at<&SpecFlags::binfmts>},
    {"--mask", kFiles, "PATH", "hide a path", at<&SpecFlags::masked_paths>},
    {"--readonly-path", kFiles, "PATH", "make a path read-only",
     at<&SpecFlags::readonly_paths>},
    {flags::kNamespaceFlags[0], kNamespaces, kWhose, kOwn, namespace_at<0>},
    {flags::kNamespaceFlags[1], kNamespaces, kWhose, kOwn, namespace_at<1>},
    {flags::kNamespaceFlags[2], kNamespaces, kWhose, kOwn, namespace_at<2>},
    {flags::kNamespaceFlags[3], kNamespaces, kWhose, kOwn, namespace_at<3>},
    {flags::kNamespaceFlags[4], kNamespaces, kWhose, kOwn, namespace_at<4>},
    {flags::kNamespaceFlags[5], kNamespaces, kWhose, kOwn, namespace_at<5>},
    {flags::kNamespaceFlags[6], kNamespaces, kWhose, kOwn, namespace_at<6>},
    {flags::kNamespaceFlags[7], kNamespaces, kWhose, kOwn, namespace_at<7>},
    {"--uidmap", kNamespaces, "C:H:N",
     "container uid C is host uid H, for N ids", at<&SpecFlags::uid_mappings>},
    {"--gidmap", kNamespaces, "C:H:N", "the same for groups",
     at<&SpecFlags::gid_mappings>},
    {"--hostname", kNamespaces, "NAME", "host name", at<&SpecFlags::hostname>},
    {"--domainname", kNamespaces, "NAME", "NIS domain name",
     at<&SpecFlags::domainname>},
    {"--sysctl", kNamespaces, "NAME=VALUE",
     "kernel parameter of one of its namespaces", at<&SpecFlags::sysctls>},
    {"--env", kProcess, "NAME=VALUE",
     "environment variable; nothing else is inherited",
     at<&SpecFlags::environment>},
    {"--cwd", kProcess, "DIR", "working directory inside", at<&SpecFlags::cwd>},
    {"--user", kProcess, "UID[:GID]", "run as, by number",
     at<&SpecFlags::user>},
    {"--group", kProcess, "GID", "supplementary group", at<&SpecFlags::groups>},
    {"--umask", kProcess, "OCTAL", "file mode mask", at<&SpecFlags::umask>},
    {"--cap-add", kPrivileges, "NAME|ALL",
     "grant a capability; the seccomp profile follows",
     at<&SpecFlags::capabilities_added>},
    {"--cap-drop", kPrivileges, "NAME|ALL", "take a capability away",
     at<&SpecFlags::capabilities_dropped>},
    {"--no-new-privs", kPrivileges, "true|false",
     "whether setuid programs gain nothing", at<&SpecFlags::no_new_privs>},
    {"--seccomp", kPrivileges, "default|none|FILE",
     "system-call filter; FILE holds an OCI seccomp object or an engine's "
     "profile",
     at<&SpecFlags::seccomp>},
    {"--seccomp-errno", kPrivileges, "NAME|N",
     "what a denied call answers (default: EPERM)",
     at<&SpecFlags::seccomp_errno>},
    {"--seccomp-arch", kPrivileges, "x86",
     "let i386 programs make the default profile's calls as well; without it "
     "their first one ends them",
     at<&SpecFlags::seccomp_architectures>},
    {"--landlock", kPrivileges, "mounts|none",
     "Landlock domain: files by what the mounts allow, nothing reached around "
     "them; signals and abstract sockets stay inside",
     at<&SpecFlags::landlock>},
    {"--landlock-bind", kPrivileges, "PORT|none|any",
     "TCP port that may be bound, and no other", at<&SpecFlags::landlock_bind>},
    {"--landlock-connect", kPrivileges, "PORT|none|any",
     "TCP port that may be connected to, and no other",
     at<&SpecFlags::landlock_connect>},
    {"--apparmor", kPrivileges, "PROFILE",
     "AppArmor profile, loaded before, to run under", at<&SpecFlags::apparmor>},
    {"--selinux", kPrivileges, "LABEL", "SELinux context to run in",
     at<&SpecFlags::selinux>},
    {"--mount-label", kPrivileges, "LABEL",
     "SELinux context of the files of new mounts", at<&SpecFlags::mount_label>},
    {"--memory", kResources, "SIZE|max", "memory limit (K, M, G)",
     at<&SpecFlags::memory>},
    {"--swap", kResources, "SIZE|max", "swap limit, beside the memory",
     at<&SpecFlags::swap>},
    {"--pids", kResources, "N|max", "processes and threads",
     at<&SpecFlags::pids>},
    {"--cpus", kResources, "FLOAT|max",
     "CPU time per wall time: 1.5 is one and a half CPUs",
     at<&SpecFlags::cpus>},
    {"--cpu-weight", kResources, "1..10000",
     "share when CPUs are scarce (default: 100)", at<&SpecFlags::cpu_weight>},
    {"--cpuset-cpus", kResources, "LIST",
     "CPUs that it may run on, such as 0-3,5", at<&SpecFlags::cpuset_cpus>},
    {"--cpuset-mems", kResources, "LIST", "memory nodes that it may use",
     at<&SpecFlags::cpuset_mems>},
    {"--io-max", kResources, "DISK:KEY=RATE[,…]",
     "a second's share of a disk (/dev/sda or 8:0): rbps, wbps=SIZE, riops, "
     "wiops=N",
     at<&SpecFlags::io_max>},
    {"--hugetlb", kResources, "PAGE=SIZE",
     "memory in huge pages of a size, such as 2MB=64M",
     at<&SpecFlags::hugetlb>},
    {"--rlimit", kResources, "NAME=SOFT[:HARD]",
     "resource limit, such as nofile=1024", at<&SpecFlags::rlimits>},
    {"--cgroup-path", kResources, "PATH", "cgroup below each hierarchy's root",
     at<&SpecFlags::cgroups_path>},
    {"--prefer", kSabotage, "NAME",
     "boundary or boundary.feature that may be missing",
     at<&SpecFlags::prefer>},
    {"--without", kSabotage, "BOUNDARY", "take a boundary out (needs --unsafe)",
     at<&SpecFlags::without>},
    {"--skip", kSabotage, "STEP",
     "leave a step of the plan out, or `readback`: every comparison with what "
     "the kernel shows (needs --unsafe)",
     at<&SpecFlags::skipped_steps>},
    {"--unsafe", kSabotage, "", "yes, weaken it on purpose",
     at<&SpecFlags::unsafe>},
});

/// Whether a parser may find more in it than a value.
bool is_plain(std::string_view value) {
  if (value.starts_with('-')) {
    return value.size() > 1 && value[1] >= '0' && value[1] <= '9';
  }
  return !value.starts_with('[') && !value.starts_with('{');
}

/// False for a flag that was there before and takes one value only.
bool take(FlagValue place, std::string_view value, bool first) {
  if (auto* const* many = std::get_if<std::vector<std::string>*>(&place)) {
    (*many)->emplace_back(value);
    return true;
  }
  if (auto* const* one = std::get_if<std::string*>(&place)) {
    **one = value;
  } else if (auto* const* maybe =
                 std::get_if<std::optional<std::string>*>(&place)) {
    **maybe = value;
  }
  return first;
}

}  // namespace

std::span<const Flag> spec_flags() { return kFlags; }

bool read_plain_flags(std::span<const std::string_view> words, SpecFlags& flags,
                      std::span<const MoreFlag> more) {
  std::vector<std::string_view> met;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if (word == "--") {
      flags.command.assign(words.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                           words.end());
      return true;
    }
    if (i + 1 == words.size() && !word.starts_with('-') && is_plain(word)) {
      flags.command.emplace_back(word);
      return !word.empty();
    }
    const std::size_t equals = word.find('=');
    const std::string_view name = word.substr(0, equals);
    FlagValue place;
    const auto* flag = std::ranges::find(kFlags, name, &Flag::name);
    const auto other = std::ranges::find(more, name, &MoreFlag::name);
    if (flag != kFlags.end()) {
      place = flag->at(flags);
    } else if (other != more.end()) {
      place = other->value;
    } else {
      return false;
    }
    const bool first = std::ranges::find(met, name) == met.end();
    met.push_back(name);
    if (bool* const* on = std::get_if<bool*>(&place)) {
      if (equals != std::string_view::npos || !first) return false;
      **on = true;
      continue;
    }
    std::string_view value = word.substr(std::min(equals, word.size() - 1) + 1);
    if (equals == std::string_view::npos) {
      if (++i == words.size()) return false;
      value = words[i];
    } else if (value.empty()) {
      return false;
    }
    if (!is_plain(value) || !take(place, value, first)) return false;
  }
  return true;
}

}  // namespace bulkhead
