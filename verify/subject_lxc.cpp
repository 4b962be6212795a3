// LXC: the spec as the lines of a container's configuration.
#include "verify/vocabulary.h"

namespace bulkhead::verify {
namespace {

using enum Feature;

// lxc-execute has no word for closing the descriptors that are open when it
// starts; lxc-start has. Without a console it keeps its own output.
// Without CAP_NET_ADMIN proc:mixed leaves no sysctl writable, lxc.sysctl's
// neither.
constexpr Saying kLxcSayings[] = {
    {kPidNs, "", ""},
    {kMountNs, "", ""},
    {kIpcNs, "", ""},
    {kUtsNs, "", ""},
    {kCgroupNs, "", ""},
    {kNetNs, "lxc.net.0.type = empty\nlxc.net.0.flags = up",
     "lxc.net.0.type = none"},
    {kLoopback, "", ""},
    {kUserNs,
     "lxc.idmap = u {inner} {outer} {count}\n"
     "lxc.idmap = g {inner} {outer} {count}",
     ""},
    {kMonotonicOffset, "lxc.time.offset.monotonic = {value}s", ""},
    {kBoottimeOffset, "lxc.time.offset.boot = {value}s", ""},
    {kTimeNs, "", ""},
    {kHostname, "lxc.uts.name = {value}", ""},
    {kRoot,
     "lxc.rootfs.path = dir:{rootfs}\n"
     "lxc.apparmor.profile = unconfined\n"
     "lxc.console.path = none",
     ""},
    {kReadOnlyRoot, "lxc.rootfs.options = {root-options}", ""},
    {kRootFlags, "lxc.rootfs.options = {root-options}", ""},
    {kIdMappedRoot, "lxc.rootfs.options = {root-options}", ""},
    {kMinimalDev, "lxc.autodev = 1", "lxc.autodev = 0"},
    {kProc, "lxc.mount.auto = proc:mixed", ""},
    // Not sys:ro, which says nothing of nosuid, nodev and noexec.
    {kSysfs, "lxc.mount.entry = sysfs {relative} sysfs {options} 0 0", ""},
    {kCgroupMount, "lxc.mount.auto = cgroup:ro", ""},
    {kDevpts, "lxc.pty.max = {ptys}", ""},
    {kMqueue,
     "lxc.mount.entry = mqueue {relative} mqueue {options},create=dir 0 0", ""},
    {kTmpfs,
     "lxc.mount.entry = tmpfs {relative} tmpfs "
     "{options},size={size},nr_inodes={inodes},mode={mode},create=dir 0 0",
     ""},
    {kBind,
     "lxc.mount.entry = {source} {relative} none rbind,{options},rprivate 0 0",
     ""},
    {kMaskedProc,
     "lxc.mount.entry = {cover-source} {relative} {cover-type} "
     "{cover-options} 0 0",
     ""},
    {kMaskedSys,
     "lxc.mount.entry = {cover-source} {relative} {cover-type} "
     "{cover-options} 0 0",
     ""},
    {kReadOnlyPaths,
     "lxc.mount.entry = {relative} {relative} none "
     "bind,relative,ro,nosuid,nodev,noexec 0 0",
     ""},
    {kDeviceRules,
     "lxc.cgroup2.devices.{verb} = {rule}\n"
     "lxc.cgroup.devices.{verb} = {rule}",
     ""},
    {kMemory,
     "lxc.cgroup2.memory.max = {value}\n"
     "lxc.cgroup.memory.limit_in_bytes = {value}",
     ""},
    {kSwap,
     "lxc.cgroup2.memory.swap.max = {value}\n"
     "lxc.cgroup.memory.memsw.limit_in_bytes = {total}",
     ""},
    {kPids,
     "lxc.cgroup2.pids.max = {value}\n"
     "lxc.cgroup.pids.max = {value}",
     ""},
    {kCpuQuota,
     "lxc.cgroup2.cpu.max = {quota} {period}\n"
     "lxc.cgroup.cpu.cfs_period_us = {period}\n"
     "lxc.cgroup.cpu.cfs_quota_us = {quota}",
     ""},
    {kCpuWeight,
     "lxc.cgroup2.cpu.weight = {weight}\n"
     "lxc.cgroup.cpu.shares = {shares}",
     ""},
    {kUser, "lxc.init.uid = {uid}", ""},
    {kGroup, "lxc.init.gid = {gid}", ""},
    {kAdditionalGroups, "lxc.init.groups = {value}", ""},
    {kOomScore, "lxc.proc.oom_score_adj = {value}", ""},
    {kNoNewPrivs, "lxc.no_new_privs = 1", ""},
    {kNoCapabilities, "lxc.cap.keep = none", ""},
    {kSeccomp, "lxc.seccomp.profile = {filter}", ""},
    {kRlimits, "lxc.prlimit.{lower} = {soft-word}:{hard-word}", ""},
    {kAddressSpace, "lxc.prlimit.{lower} = {soft-word}:{hard-word}", ""},
    {kCwd, "lxc.init.cwd = {value}", ""},
    {kEnvironment, "lxc.environment = {name}={value}", ""},
    {kCleanEnvironment, "", ""},
    {kSession, "", ""},
    {kPersonality, "lxc.arch = x86_64", ""},
    {kCloseFds, "--close-all-fds", ""},
    {kKeyring, "lxc.keyring.session = 1", "lxc.keyring.session = 0"},
};

}  // namespace

const Vocabulary kLxc{
    .name = "lxc",
    .program = "lxc-start",
    .package = "lxc",
    .version = "--version",
    .begin =
        "--foreground --lxcpath={directory} --name={id} "
        "--rcfile={configuration} "
        "--logfile={directory}/log --logpriority=ERROR",
    .end = "--",
    .sayings = kLxcSayings,
    .filter = FilterForm::kLxc,
    .writes_file = true,
};

}  // namespace bulkhead::verify
