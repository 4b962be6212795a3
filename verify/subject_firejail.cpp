// firejail, entering a root by --chroot (which /etc/firejail/firejail.config
// must permit) and without any of its profiles.
#include "verify/vocabulary.h"

namespace bulkhead::verify {
namespace {

using enum Feature;

constexpr Saying kFirejailSayings[] = {
    {kPidNs, "", ""},
    {kMountNs, "", ""},
    {kUtsNs, "", ""},
    {kNetNs, "--net=none", ""},
    {kLoopback, "", ""},
    {kIpcNs, "--ipc-namespace", ""},
    {kHostname, "--hostname={value}", ""},
    {kRoot, "--chroot={rootfs}", ""},
    {kReadOnlyRoot, "--read-only=/", ""},
    {kMinimalDev, "--private-dev", ""},
    {kDevpts, "", ""},
    {kProc, "", ""},
    {kSysfs, "", ""},
    {kTmpfs, "--tmpfs={destination}", ""},
    {kMaskedProc, "--blacklist={value}", ""},
    {kMaskedSys, "--blacklist={value}", ""},
    {kReadOnlyPaths, "--read-only={value}", ""},
    {kOomScore, "--oom={value}", ""},
    {kNoNewPrivs, "--nonewprivs", ""},
    {kNoCapabilities, "--caps.drop=all", ""},
    {kSomeCapabilities, "--caps.keep={lower}", ""},
    {kSeccomp, "--seccomp.drop={denied,}", ""},
    // It has words for six limits, of which this is the one that no other
    // subject counts among all.
    {kAddressSpace, "--rlimit-as={soft-number}", ""},
    {kEnvironment, "--env={name}={value}", ""},
    {kPriority, "--nice=0", ""},
    {kCwd, "--private-cwd={value}", ""},
    {kCloseFds, "", ""},
};

}  // namespace

const Vocabulary kFirejail{
    .name = "firejail",
    .program = "firejail",
    .package = "firejail",
    .version = "--version",
    .begin = "--quiet --noprofile",
    // Not "--": what comes after that it does not find in its root.
    .end = "",
    .sayings = kFirejailSayings,
    // A PID namespace without kernel threads, such as a crash box, it takes for
    // a sandbox of its own, and confines nothing more; but not in a container.
    .variable = "container=lxc",
    .few_words = true,
    // What it puts its own programs and files into.
    .own_mounts = "/run",
    .needs_in_root = "/usr /var /var/tmp /root /home",
};

}  // namespace bulkhead::verify
