// LXC: the spec as the lines of a container's configuration.
#include "verify/vocabulary.h"

namespace bulkhead::verify {
namespace {

using enum Feature;

// Descriptors that are open when it starts stay open.
// Without CAP_NET_ADMIN proc:mixed leaves no sysctl writable, lxc.sysctl's
// neither.
constexpr Saying kSayings[] = {
    {kPidNs, "", ""},
    {kMountNs, "", ""},
    {kIpcNs, "", ""},
    {kUtsNs, "", ""},
    {kCgroupNs, "", ""},
    {kNetNs, "lxc.net.0.type = empty\nlxc.net.0.flags = up",
     "lxc.net.0.type = none"},
    {kUserNs,
     "lxc.idmap = u {inner} {outer} {count}\n"
     "lxc.idmap = g {inner} {outer} {count}",
     ""},
    {kMonotonicOffset, "lxc.time.offset.monotonic = {value}s", ""},
    {kBoottimeOffset, "lxc.time.offset.boot = {value}s", ""},
    {kTimeNs, "", ""},
    {kHostname, "lxc.uts.name = {value}", ""},
    {kRoot, "lxc.rootfs.path = dir:{rootfs}\nlxc.apparmor.profile = unconfined",
     ""},
    {kReadOnlyRoot, "lxc.rootfs.options = {root-options}", ""},
    {kIdMappedRoot, "lxc.rootfs.options = {root-options}", ""},
    {kMinimalDev, "lxc.autodev = 1", "lxc.autodev = 0"},
    {kProc, "lxc.mount.auto = proc:mixed", ""},
    {kSysfs, "lxc.mount.auto = sys:ro", ""},
    {kCgroupMount, "lxc.mount.auto = cgroup:ro", ""},
    {kDevpts, "lxc.pty.max = {ptys}", ""},
    {kMqueue,
     "lxc.mount.entry = mqueue {relative} mqueue {options},create=dir 0 0", ""},
    {kTmpfs,
     "lxc.mount.entry = tmpfs {relative} tmpfs "
     "{options},size={size},nr_inodes={inodes},mode={mode},create=dir 0 0",
     ""},
    {kBind, "lxc.mount.entry = {source} {relative} none rbind,ro 0 0", ""},
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
    {kKeyring, "lxc.keyring.session = 1", "lxc.keyring.session = 0"},
};

}  // namespace

const Vocabulary kLxc{
    .name = "lxc",
    .program = "lxc-execute",
    .package = "lxc",
    .version = "--version",
    .begin =
        "--lxcpath={directory} --name={id} --rcfile={configuration} "
        "--logfile={directory}/log --logpriority=ERROR",
    .end = "--",
    .sayings = kSayings,
    .filter = FilterForm::kLxc,
    .writes_file = true,
};

}  // namespace bulkhead::verify
