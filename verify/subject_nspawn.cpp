// systemd-nspawn, by itself: limits are systemd's to set, and without it there
// is no scope to set them on.
#include "verify/vocabulary.h"

namespace bulkhead::verify {
namespace {

using enum Feature;

// What --inaccessible hides paths with is not there when /proc is mounted in a
// user namespace: it hides those of its own list.
// --oom-score-adjust is set from in there, too late to be allowed.
// Its /sys is a tmpfs with links to what containers may see.
constexpr Saying kNspawnSayings[] = {
    {kPidNs, "", ""},
    {kMountNs, "", ""},
    {kIpcNs, "", ""},
    {kUtsNs, "", ""},
    {kCgroupNs, "", ""},
    {kNetNs, "--private-network", ""},
    {kLoopback, "", ""},
    {kUserNs, "--private-users={outer}:{count}", "--private-users=no"},
    {kIdMappedRoot, "--private-users-ownership=map",
     "--private-users-ownership=off"},
    {kHostname, "--hostname={value}", ""},
    {kRoot, "--directory={rootfs}", ""},
    {kReadOnlyRoot, "--read-only", ""},
    {kMinimalDev, "", ""},
    {kProc, "", ""},
    {kSysfs, "", ""},
    {kCgroupMount, "", ""},
    {kDevpts, "", ""},
    {kTmpfs,
     "--tmpfs={destination}:size={size},nr_inodes={inodes},mode={mode},"
     "{options}",
     ""},
    {kBind, "--bind-ro={source}:{destination}:rbind", ""},
    {kMaskedSys, "", ""},
    {kReadOnlyPaths, "", ""},
    {kNoNewPrivs, "--no-new-privileges=yes", ""},
    {kNoCapabilities, "--drop-capability=all", ""},
    {kSeccomp, "--system-call-filter={allowed} --system-call-filter=~{denied}",
     ""},
    {kRlimits, "--rlimit={name}={soft}:{hard}", ""},
    {kAddressSpace, "--rlimit={name}={soft}:{hard}", ""},
    {kCwd, "--chdir={value}", ""},
    {kEnvironment, "--setenv={name}={value}", ""},
    {kCleanEnvironment, "", ""},
    {kSession, "", ""},
    {kPersonality, "--personality=x86-64", ""},
    {kKeyring, "", ""},
    {kCloseFds, "", ""},
};

}  // namespace

const Vocabulary kNspawn{
    .name = "nspawn",
    .program = "systemd-nspawn",
    .package = "systemd-container",
    .version = "--version",
    .begin =
        "--quiet --settings=no --register=no --keep-unit --console=pipe "
        "--machine={id} --link-journal=no --resolv-conf=off "
        "--timezone=off",
    .end = "--",
    .sayings = kNspawnSayings,
    .own_mounts = "/run /dev/shm",
    // A root without systemd it takes for one so old that it wants cgroup v1:
    // of this library it only looks at the name.
    .needs_in_root = "/usr/lib/systemd/libsystemd-shared-252.so",
};

}  // namespace bulkhead::verify
