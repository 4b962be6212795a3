#include "runtime/spec/presets.h"

#include <linux/capability.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "runtime/spec/defaults.h"
#include "runtime/spec/seccomp_profile.h"

namespace bulkhead {
namespace {

constexpr std::array<std::string_view, 4> kPresetNames = {"hardened", "oci",
                                                          "strict", "none"};

const char* const kPath =
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

Mount mount_of(MountKind kind, std::string destination) {
  Mount mount;
  mount.kind = kind;
  mount.destination = std::move(destination);
  mount.noexec = true;
  return mount;
}

Mount tmpfs_of(std::string destination, std::uint64_t bytes,
               std::uint64_t inodes, std::uint32_t mode) {
  Mount mount = mount_of(MountKind::kTmpfs, std::move(destination));
  mount.size_bytes = bytes;
  mount.inodes = inodes;
  mount.mode = mode;
  return mount;
}

Mount read_only(Mount mount) {
  mount.read_only = true;
  return mount;
}

std::vector<Mount> hardened_mounts() {
  constexpr std::uint64_t kMiB = 1 << 20;
  Mount pts = mount_of(MountKind::kDevpts, "/dev/pts");
  pts.nodev = false;  // Its ptys are devices.
  pts.pty_max = kHardenedPtyMax;
  return {
      mount_of(MountKind::kProc, "/proc"),
      pts,
      tmpfs_of("/dev/shm", 16 * kMiB, 1024, 01777),
      mount_of(MountKind::kMqueue, "/dev/mqueue"),
      read_only(mount_of(MountKind::kSysfs, "/sys")),
      read_only(mount_of(MountKind::kCgroup, "/sys/fs/cgroup")),
      tmpfs_of("/tmp", 64 * kMiB, 4096, 01777),
      tmpfs_of("/run", 4 * kMiB, 1024, 0755),
  };
}

std::vector<Mount> oci_mounts() {
  Mount pts = mount_of(MountKind::kDevpts, "/dev/pts");
  pts.nodev = false;
  return {
      mount_of(MountKind::kProc, "/proc"),
      pts,
      tmpfs_of("/dev/shm", kDefaultTmpfsBytes, kDefaultTmpfsInodes, 01777),
      mount_of(MountKind::kMqueue, "/dev/mqueue"),
      read_only(mount_of(MountKind::kSysfs, "/sys")),
      read_only(mount_of(MountKind::kCgroup, "/sys/fs/cgroup")),
  };
}

struct WantedRlimit {
  int resource;
  std::uint64_t soft;
  std::uint64_t hard;
};

/// All sixteen. What the caller may not have, nobody gets.
std::vector<Rlimit> hardened_rlimits() {
  constexpr std::uint64_t kAny = RLIM_INFINITY;
  constexpr std::uint64_t kStackBytes = 8 << 20;
  constexpr std::uint64_t kMemlockBytes = 64 << 10;
  constexpr std::uint64_t kMsgqueueBytes = 819200;  // The kernel's default.
  constexpr std::array<WantedRlimit, 16> kWanted = {{
      {RLIMIT_CPU, kAny, kAny},
      {RLIMIT_FSIZE, kAny, kAny},
      {RLIMIT_DATA, kAny, kAny},
      {RLIMIT_STACK, kStackBytes, kAny},
      {RLIMIT_CORE, 0, 0},
      {RLIMIT_RSS, kAny, kAny},
      {RLIMIT_NPROC, 512, 512},
      {RLIMIT_NOFILE, 1024, 1024},
      {RLIMIT_MEMLOCK, kMemlockBytes, kMemlockBytes},
      {RLIMIT_AS, kAny, kAny},
      {RLIMIT_LOCKS, kAny, kAny},
      {RLIMIT_SIGPENDING, 1024, 1024},
      {RLIMIT_MSGQUEUE, kMsgqueueBytes, kMsgqueueBytes},
      {RLIMIT_NICE, 0, 0},
      {RLIMIT_RTPRIO, 0, 0},
      {RLIMIT_RTTIME, kAny, kAny},
  }};
  std::vector<Rlimit> rlimits;
  for (const WantedRlimit& wanted : kWanted) {
    struct rlimit mine {};
    getrlimit(static_cast<__rlimit_resource_t>(wanted.resource), &mine);
    const std::uint64_t hard =
        std::min<std::uint64_t>(wanted.hard, mine.rlim_max);
    rlimits.push_back({wanted.resource, std::min(wanted.soft, hard), hard});
  }
  return rlimits;
}

std::vector<DeviceRule> device_rules() {
  std::vector<DeviceRule> rules = {DeviceRule{}};  // Deny everything; then:
  for (DeviceRule& rule : default_device_rules()) {
    rules.push_back(std::move(rule));
  }
  return rules;
}

Process hardened_process() {
  Process process;
  process.environment = {kPath, "HOME=/"};
  process.umask = 022;
  process.no_new_privs = true;
  process.capabilities = Capabilities{};
  process.lock_securebits = true;
  process.rlimits = hardened_rlimits();
  return process;
}

Resources hardened_resources() {
  Resources resources;
  resources.memory_max_bytes = kHardenedMemoryBytes;
  resources.swap_max_bytes = 0;
  resources.oom_group = true;
  resources.pids_max = kHardenedPids;
  resources.cpu_quota_us = 100000;
  resources.cpu_period_us = 100000;
  resources.cpu_weight = 100;
  resources.devices = device_rules();
  return resources;
}

Spec hardened() {
  Spec spec;
  spec.process = hardened_process();
  for (Namespace& ns : spec.namespaces) ns.mode = NamespaceMode::kNew;
  spec.uid_mappings = {{0, kContainerIdBase, kContainerIdCount}};
  spec.gid_mappings = spec.uid_mappings;
  spec.hostname = kContainerHostname;
  spec.domainname = kContainerHostname;
  spec.monotonic_offset = ClockOffset{kClockOffsetSeconds, 0};
  spec.boottime_offset = ClockOffset{kClockOffsetSeconds, 0};
  spec.mounts = hardened_mounts();
  spec.minimal_dev = true;
  spec.devices = default_devices();
  spec.masked_paths = default_masked_paths();
  // moby's newer ones (GHSA-6fw5-f8r9-fgfm), a keyring's owners, and files that
  // anybody may write triggers to, for the kernel to work on.
  spec.masked_paths.insert(
      spec.masked_paths.end(),
      {"/proc/interrupts", "/proc/key-users", "/proc/pressure"});
  const std::vector<std::string> throttles = thermal_throttle_paths();
  spec.masked_paths.insert(spec.masked_paths.end(), throttles.begin(),
                           throttles.end());
  spec.readonly_paths = default_readonly_paths();
  spec.resources = hardened_resources();
  spec.seccomp = hardened_profile(0, EPERM);
  spec.landlock = Landlock{};
  // cgroup v1 has no memory.oom.group, a kernel without swap accounting no
  // memory.swap.max, and Landlock came in parts, from 5.13 to 6.12.
  spec.prefer = {"cgroup.memory.oom.group", "cgroup.memory.swap.max",
                 "landlock"};
  return spec;
}

Spec oci_runtime() {
  Spec spec;
  using enum NamespaceKind;
  for (const auto kind : {kPid, kMount, kNet, kIpc, kUts, kCgroup}) {
    spec.ns(kind).mode = NamespaceMode::kNew;
  }
  CapabilityMask granted = 0;
  for (const unsigned capability :
       {CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_FSETID, CAP_KILL,
        CAP_SETGID, CAP_SETUID, CAP_SETPCAP, CAP_NET_BIND_SERVICE, CAP_NET_RAW,
        CAP_SYS_CHROOT, CAP_MKNOD, CAP_AUDIT_WRITE, CAP_SETFCAP}) {
    granted |= CapabilityMask{1} << capability;
  }
  spec.process.environment = {kPath, "HOME=/root"};
  spec.process.capabilities = Capabilities{
      .bounding = granted, .effective = granted, .permitted = granted};
  spec.rootfs.read_only = false;
  spec.rootfs.nosuid = false;
  spec.rootfs.nodev = false;
  spec.rootfs.idmap = false;
  spec.hostname = kContainerHostname;
  spec.mounts = oci_mounts();
  spec.minimal_dev = true;
  spec.devices = default_devices();
  spec.masked_paths = default_masked_paths();
  spec.readonly_paths = default_readonly_paths();
  spec.resources.devices = device_rules();
  spec.seccomp = oci_profile(granted, EPERM);
  return spec;
}

/// /proc shows processes only (subset=pid, Linux 5.8) and there is no /sys: so
/// nothing is there to be masked, and a dozen mounts fewer to be made.
Spec strict() {
  Spec spec = hardened();
  std::erase_if(spec.mounts, [](const Mount& mount) {
    return mount.kind == MountKind::kSysfs || mount.kind == MountKind::kCgroup;
  });
  for (Mount& mount : spec.mounts) {
    if (mount.kind == MountKind::kProc) mount.subset_pid = true;
  }
  spec.masked_paths.clear();
  spec.readonly_paths.clear();
  return spec;
}

Spec none() {
  Spec spec;
  spec.rootfs = {.path = "/",
                 .read_only = false,
                 .nosuid = false,
                 .nodev = false,
                 .idmap = false,
                 .pivot = false};
  spec.session = {.new_keyring = false,
                  .setsid = false,
                  .clean_environment = false,
                  .verify_cwd = false,
                  .reset_inherited = false,
                  .close_fds = false};
  spec.loopback_up = false;
  return spec;
}

}  // namespace

Result<Preset> preset_named(std::string_view name) {
  const auto* found = std::find(kPresetNames.begin(), kPresetNames.end(), name);
  if (found == kPresetNames.end()) {
    return fail("preset \"" + std::string(name) + "\" does not exist", 0,
                "hardened, oci, strict or none", ErrorKind::kUsage);
  }
  return static_cast<Preset>(found - kPresetNames.begin());
}

std::string_view name_of(Preset preset) {
  return kPresetNames[static_cast<std::size_t>(preset)];
}

Spec make_preset(Preset preset) {
  switch (preset) {
    case Preset::kHardened:
      return hardened();
    case Preset::kOci:
      return oci_runtime();
    case Preset::kStrict:
      return strict();
    case Preset::kNone:
      return none();
  }
  return hardened();
}

}  // namespace bulkhead
