// firejail, entering a root by --chroot (which /etc/firejail/firejail.config
// must permit) and without any of its profiles.
#include "verify/vocabulary.h"

namespace bulkhead::verify {
namespace {

using enum Feature;

constexpr Saying kSayings[] = {
    {kPidNs, "", ""},
    {kMountNs, "", ""},
    {kUtsNs, "", ""},
    {kNetNs, "--net=none", ""},
    {kIpcNs, "--ipc-namespace", ""},
    {kHostname, "--hostname={value}", ""},
    {kRoot, "--chroot={rootfs}", ""},
    {kReadOnlyRoot, "--read-only=/", ""},
    {kMinimalDev, "--private-dev", ""},
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
    {kEnvironment, "--env={name}={value}", ""},
    {kSession, "", ""},
};

}  // namespace

const Vocabulary kFirejail{
    .name = "firejail",
    .program = "firejail",
    .package = "firejail",
    .version = "--version",
    .begin = "--quiet --noprofile",
    .end = "--",
    .sayings = kSayings,
    .needs_in_root = "/usr /var /var/tmp /root /home",
};

}  // namespace bulkhead::verify
