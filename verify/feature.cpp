#include "verify/feature.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>

#include "runtime/spec/cpu_weight.h"
#include "runtime/spec/names.h"

namespace bulkhead::verify {
namespace {

using Asked = std::vector<Values>;

Asked once_if(bool asked, Values values = {}) {
  if (!asked) return {};
  return {std::move(values)};
}

template <class Value>
Asked value_of(const std::optional<Value>& value) {
  return once_if(value.has_value(),
                 {{"value", value ? std::to_string(*value) : ""}});
}

Asked text_of(const std::optional<std::string>& text) {
  return once_if(text.has_value(), {{"value", text.value_or("")}});
}

Asked offset_of(const std::optional<ClockOffset>& offset) {
  return once_if(offset.has_value(),
                 {{"value", std::to_string(offset ? offset->seconds : 0)}});
}

template <NamespaceKind kKind>
Asked new_namespace(const Spec& spec) {
  return once_if(spec.ns(kKind).mode == NamespaceMode::kNew);
}

Asked user_namespace(const Spec& spec) {
  if (new_namespace<NamespaceKind::kUser>(spec).empty()) return {};
  const IdMapping map =
      spec.uid_mappings.empty() ? IdMapping{} : spec.uid_mappings.front();
  return {{{"inner", std::to_string(map.container_id)},
           {"outer", std::to_string(map.host_id)},
           {"count", std::to_string(map.size)}}};
}

std::string mount_options(const Mount& mount) {
  std::string options = mount.read_only ? "ro" : "rw";
  if (mount.nosuid) options += ",nosuid";
  if (mount.nodev) options += ",nodev";
  if (mount.noexec) options += ",noexec";
  return options;
}

template <MountKind kKind>
Asked mounts_of(const Spec& spec) {
  Asked asked;
  for (const Mount& mount : spec.mounts) {
    if (mount.kind != kKind) continue;
    asked.push_back(
        {{"source", mount.source},
         {"destination", mount.destination},
         {"relative", mount.destination.substr(1)},
         {"options", mount_options(mount)},
         {"size", std::to_string(mount.size_bytes)},
         {"inodes", std::to_string(mount.inodes)},
         {"mode", fmt::format("{:04o}", mount.mode)},
         {"ptys", std::to_string(mount.pty_max != 0 ? mount.pty_max
                                                    : kDefaultPtyMax)}});
  }
  return asked;
}

Asked each_of(const std::vector<std::string>& values) {
  Asked asked;
  for (const std::string& value : values) asked.push_back({{"value", value}});
  return asked;
}

/// What this kernel does not have, nobody can mask.
Asked those_here(const std::vector<std::string>& paths,
                 std::string_view below) {
  Asked asked;
  for (const std::string& path : paths) {
    if (!path.starts_with(below) || access(path.c_str(), F_OK) != 0) continue;
    asked.push_back({{"value", path}});
  }
  return asked;
}

Asked pairs_of(const std::vector<std::pair<std::string, std::string>>& pairs) {
  Asked asked;
  for (const auto& [name, value] : pairs) {
    asked.push_back({{"name", name}, {"value", value}});
  }
  return asked;
}

Asked environment_of(const Spec& spec) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const std::string& variable : spec.process.environment) {
    const auto equals = variable.find('=');
    if (equals == std::string::npos) continue;
    pairs.emplace_back(variable.substr(0, equals), variable.substr(equals + 1));
  }
  return pairs_of(pairs);
}

std::string lower(std::string_view text) {
  std::string copy(text);
  std::ranges::transform(copy, copy.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  return copy;
}

std::string limit_of(std::uint64_t value, const char* unlimited) {
  return value == RLIM_INFINITY ? unlimited : std::to_string(value);
}

/// {name} is "NOFILE", {lower} "nofile".
template <bool kOfAddressSpace>
Asked rlimits_of(const Spec& spec) {
  constexpr std::string_view kPrefix = "RLIMIT_";
  Asked asked;
  for (const Rlimit& rlimit : spec.process.rlimits) {
    if ((rlimit.resource == RLIMIT_AS) != kOfAddressSpace) continue;
    const auto name = rlimit_name(rlimit.resource).substr(kPrefix.size());
    asked.push_back({{"name", std::string(name)},
                     {"lower", lower(name)},
                     {"soft", limit_of(rlimit.soft, "infinity")},
                     {"hard", limit_of(rlimit.hard, "infinity")},
                     {"soft-number", limit_of(rlimit.soft, "-1")},
                     {"hard-number", limit_of(rlimit.hard, "-1")},
                     {"soft-word", limit_of(rlimit.soft, "unlimited")},
                     {"hard-word", limit_of(rlimit.hard, "unlimited")}});
  }
  return asked;
}

Asked capabilities_of(const Spec& spec) {
  const auto& asked = spec.process.capabilities;
  if (!asked || asked->bounding == 0) return {};
  std::string names;
  for (const std::string& name : capability_names(asked->bounding)) {
    names += (names.empty() ? "" : ",") + name;
  }
  return {{{"value", names}, {"lower", lower(names)}}};
}

Asked groups_of(const Spec& spec) {
  std::string groups;
  for (const std::uint32_t gid : spec.process.additional_gids) {
    groups += (groups.empty() ? "" : ",") + std::to_string(gid);
  }
  return once_if(!groups.empty(), {{"value", groups}});
}

Asked cpu_quota_of(const Spec& spec) {
  const Resources& limits = spec.resources;
  if (!limits.cpu_quota_us) return {};
  return {{{"quota", std::to_string(*limits.cpu_quota_us)},
           {"period", std::to_string(limits.cpu_period_us.value_or(100'000))}}};
}

Asked cpu_weight_of(const Spec& spec) {
  const auto& weight = spec.resources.cpu_weight;
  if (!weight) return {};
  return {{{"weight", std::to_string(*weight)},
           {"shares", std::to_string(shares_of_weight(*weight))}}};
}

/// {value} is the limit of swap alone, {total} with the memory, as v1 counts.
Asked swap_of(const Spec& spec) {
  const Resources& limits = spec.resources;
  if (!limits.swap_max_bytes) return {};
  return {{{"value", std::to_string(*limits.swap_max_bytes)},
           {"total", std::to_string(limits.memory_max_bytes.value_or(0) +
                                    *limits.swap_max_bytes)}}};
}

std::vector<Part> make_namespace_parts() {
  using enum NamespaceKind;
  using F = Feature;
  using B = Boundary;
  return {
      {F::kPidNs, B::kPidns, "pid namespace", new_namespace<kPid>},
      {F::kMountNs, B::kMountns, "mount namespace", new_namespace<kMount>},
      {F::kNetNs, B::kNetns, "network namespace", new_namespace<kNet>},
      {F::kIpcNs, B::kIpcns, "ipc namespace", new_namespace<kIpc>},
      {F::kUtsNs, B::kUtsns, "uts namespace", new_namespace<kUts>},
      {F::kUserNs, B::kUserns, "user namespace", user_namespace},
      {F::kCgroupNs, B::kCgroupns, "cgroup namespace", new_namespace<kCgroup>},
      {F::kTimeNs, B::kTimens, "time namespace", new_namespace<kTime>},
      {F::kMonotonicOffset, B::kTimens, "monotonic offset",
       [](const Spec& spec) { return offset_of(spec.monotonic_offset); }},
      {F::kBoottimeOffset, B::kTimens, "boottime offset",
       [](const Spec& spec) { return offset_of(spec.boottime_offset); }},
      {F::kHostname, B::kUtsns, "host name",
       [](const Spec& spec) { return text_of(spec.hostname); }},
      {F::kDomainname, B::kUtsns, "domain name",
       [](const Spec& spec) { return text_of(spec.domainname); }},
  };
}

std::vector<Part> make_file_parts() {
  using enum MountKind;
  using F = Feature;
  constexpr Boundary kRootfs = Boundary::kRootfs;
  return {
      {F::kRoot, kRootfs, "a root of its own",
       [](const Spec& spec) { return once_if(spec.rootfs.pivot); }},
      {F::kReadOnlyRoot, kRootfs, "read-only root",
       [](const Spec& spec) { return once_if(spec.rootfs.read_only); }},
      {F::kRootFlags, kRootfs, "nosuid and nodev on the root",
       [](const Spec& spec) {
         return once_if(spec.rootfs.nosuid || spec.rootfs.nodev);
       }},
      {F::kIdMappedRoot, kRootfs, "id-mapped root",
       [](const Spec& spec) {
         const bool maps =
             spec.ns(NamespaceKind::kUser).mode == NamespaceMode::kNew;
         return once_if(spec.rootfs.idmap && maps);
       }},
      {F::kMinimalDev, kRootfs, "a /dev of its own",
       [](const Spec& spec) { return once_if(spec.minimal_dev); }},
      {F::kProc, kRootfs, "proc mount", mounts_of<MountKind::kProc>},
      {F::kSysfs, kRootfs, "sysfs mount", mounts_of<MountKind::kSysfs>},
      {F::kCgroupMount, Boundary::kCgroup, "cgroup mount", mounts_of<kCgroup>},
      {F::kDevpts, kRootfs, "devpts mount", mounts_of<MountKind::kDevpts>},
      {F::kMqueue, Boundary::kIpcns, "mqueue mount",
       mounts_of<MountKind::kMqueue>},
      {F::kTmpfs, kRootfs, "tmpfs mounts", mounts_of<MountKind::kTmpfs>},
      {F::kBind, kRootfs, "bind mounts", mounts_of<MountKind::kBind>},
      {F::kMaskedProc, kRootfs, "masked paths of /proc",
       [](const Spec& spec) {
         return those_here(spec.masked_paths, "/proc/");
       }},
      {F::kMaskedSys, kRootfs, "masked paths of /sys",
       [](const Spec& spec) { return those_here(spec.masked_paths, "/sys/"); }},
      {F::kReadOnlyPaths, kRootfs, "read-only paths",
       [](const Spec& spec) { return each_of(spec.readonly_paths); }},
  };
}

std::vector<Part> make_limit_parts() {
  using F = Feature;
  constexpr Boundary kCgroup = Boundary::kCgroup;
  return {
      {F::kDeviceRules, Boundary::kDevices, "device cgroup",
       [](const Spec& spec) {
         return once_if(!spec.resources.devices.empty());
       }},
      {F::kMemory, kCgroup, "memory limit",
       [](const Spec& spec) {
         return value_of(spec.resources.memory_max_bytes);
       }},
      {F::kSwap, kCgroup, "swap limit", swap_of},
      {F::kPids, kCgroup, "pids limit",
       [](const Spec& spec) { return value_of(spec.resources.pids_max); }},
      {F::kCpuQuota, kCgroup, "cpu quota", cpu_quota_of},
      {F::kCpuWeight, kCgroup, "cpu weight", cpu_weight_of},
  };
}

std::vector<Part> make_process_parts() {
  using F = Feature;
  using B = Boundary;
  return {
      {F::kUser, B::kSession, "another user than root",
       [](const Spec& spec) { return once_if(spec.process.uid != 0); }},
      {F::kGroup, B::kSession, "another group than root's",
       [](const Spec& spec) { return once_if(spec.process.gid != 0); }},
      {F::kAdditionalGroups, B::kSession, "additional groups", groups_of},
      {F::kUmask, B::kSession, "umask",
       [](const Spec& spec) {
         return once_if(
             spec.process.umask.has_value(),
             {{"value",
               fmt::format("{:04o}", spec.process.umask.value_or(0))}});
       }},
      {F::kOomScore, B::kSession, "OOM score",
       [](const Spec& spec) { return value_of(spec.process.oom_score_adj); }},
      {F::kNoNewPrivs, B::kNoNewPrivs, "no_new_privs",
       [](const Spec& spec) { return once_if(spec.process.no_new_privs); }},
      {F::kNoCapabilities, B::kCapabilities, "dropping all capabilities",
       [](const Spec& spec) {
         const auto& asked = spec.process.capabilities;
         return once_if(asked && asked->bounding == 0);
       }},
      {F::kSomeCapabilities, B::kCapabilities, "keeping some capabilities",
       capabilities_of},
      {F::kSeccomp, B::kSeccomp, "the filter",
       [](const Spec& spec) { return once_if(spec.seccomp.has_value()); }},
      {F::kRlimits, B::kRlimits, "rlimits", rlimits_of<false>},
      {F::kAddressSpace, B::kRlimits, "rlimit of the address space",
       rlimits_of<true>},
      {F::kCwd, B::kSession, "working directory",
       [](const Spec& spec) {
         return once_if(true, {{"value", spec.process.cwd}});
       }},
      {F::kEnvironment, B::kSession, "environment", environment_of},
      {F::kCleanEnvironment, B::kSession, "nothing of the caller's environment",
       [](const Spec& spec) {
         return once_if(spec.session.clean_environment);
       }},
      {F::kSession, B::kSession, "session",
       [](const Spec& spec) { return once_if(spec.session.setsid); }},
      {F::kKeyring, B::kSession, "session keyring",
       [](const Spec& spec) { return once_if(spec.session.new_keyring); }},
      {F::kCloseFds, B::kFds, "closing inherited descriptors",
       [](const Spec& spec) { return once_if(spec.session.close_fds); }},
      {F::kSysctls, B::kNetns, "sysctls",
       [](const Spec& spec) { return pairs_of(spec.sysctls); }},
  };
}

}  // namespace

const std::vector<Part>& parts() {
  static const std::vector<Part> kParts = [] {
    std::vector<Part> all = make_namespace_parts();
    for (auto* make : {make_file_parts, make_limit_parts, make_process_parts}) {
      for (const Part& part : make()) all.push_back(part);
    }
    return all;
  }();
  return kParts;
}

}  // namespace bulkhead::verify
