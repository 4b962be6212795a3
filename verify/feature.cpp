#include "verify/feature.h"

#include <fmt/format.h>

#include "verify/feature_values.h"

namespace bulkhead::verify {
namespace {

template <NamespaceKind kKind>
Occurrences namespace_of(const Spec& spec) {
  return new_namespace(spec, kKind);
}

template <MountKind kKind>
Occurrences mount_of(const Spec& spec) {
  return mounts_of(spec, kKind);
}

Occurrences if_reset(const Spec& spec) {
  return once_if(spec.session.reset_inherited);
}

std::vector<Part> make_namespace_parts() {
  using enum NamespaceKind;
  using F = Feature;
  using B = Boundary;
  return {
      {F::kPidNs, B::kPidns, "pid namespace", namespace_of<kPid>},
      {F::kMountNs, B::kMountns, "mount namespace", namespace_of<kMount>},
      {F::kNetNs, B::kNetns, "network namespace", namespace_of<kNet>},
      {F::kIpcNs, B::kIpcns, "ipc namespace", namespace_of<kIpc>},
      {F::kUtsNs, B::kUtsns, "uts namespace", namespace_of<kUts>},
      {F::kUserNs, B::kUserns, "user namespace", user_namespace},
      {F::kCgroupNs, B::kCgroupns, "cgroup namespace", namespace_of<kCgroup>},
      {F::kTimeNs, B::kTimens, "time namespace", namespace_of<kTime>},
      {F::kMonotonicOffset, B::kTimens, "monotonic offset",
       [](const Spec& spec) { return offset_of(spec.monotonic_offset); }},
      {F::kBoottimeOffset, B::kTimens, "boottime offset",
       [](const Spec& spec) { return offset_of(spec.boottime_offset); }},
      {F::kLoopback, B::kNetns, "loopback",
       [](const Spec& spec) {
         return once_if(spec.loopback_up &&
                        spec.ns(kNet).mode == NamespaceMode::kNew);
       }},
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
      {F::kProc, kRootfs, "proc mount", mount_of<MountKind::kProc>},
      {F::kSysfs, kRootfs, "sysfs mount", mount_of<MountKind::kSysfs>},
      {F::kCgroupMount, Boundary::kCgroup, "cgroup mount", mount_of<kCgroup>},
      {F::kDevpts, kRootfs, "devpts mount", mount_of<MountKind::kDevpts>},
      {F::kMqueue, Boundary::kIpcns, "mqueue mount",
       mount_of<MountKind::kMqueue>},
      {F::kTmpfs, kRootfs, "tmpfs mounts", mount_of<MountKind::kTmpfs>},
      {F::kBind, kRootfs, "bind mounts", mount_of<MountKind::kBind>},
      {F::kMaskedProc, kRootfs, "masked paths of /proc",
       [](const Spec& spec) {
         return those_here(spec.masked_paths, "/proc/");
       }},
      {F::kMaskedSys, kRootfs, "masked paths of /sys",
       [](const Spec& spec) { return those_here(spec.masked_paths, "/sys/"); }},
      {F::kReadOnlyPaths, kRootfs, "read-only paths",
       [](const Spec& spec) { return those_here(spec.readonly_paths, "/"); }},
  };
}

std::vector<Part> make_limit_parts() {
  using F = Feature;
  constexpr Boundary kCgroup = Boundary::kCgroup;
  return {
      {F::kDeviceRules, Boundary::kDevices, "device cgroup", device_rules_of},
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
      {F::kRlimits, B::kRlimits, "rlimits",
       [](const Spec& spec) { return rlimits_of(spec, false); }},
      {F::kAddressSpace, B::kRlimits, "rlimit of the address space",
       [](const Spec& spec) { return rlimits_of(spec, true); }},
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
      {F::kSignals, B::kSession, "default signals", if_reset},
      {F::kPersonality, B::kSession, "default personality", if_reset},
      {F::kPriority, B::kSession, "default priority", if_reset},
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
