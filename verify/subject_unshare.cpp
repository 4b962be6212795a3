// util-linux: the bare system calls as a command. Of everything that is not a
// namespace it has no word.
#include "verify/vocabulary.h"

namespace bulkhead::verify {
namespace {

using enum Feature;

constexpr Saying kUnshareSayings[] = {
    {kPidNs, "--pid", ""},
    {kMountNs, "--mount --propagation=private", ""},
    {kNetNs, "--net", ""},
    {kIpcNs, "--ipc", ""},
    {kUtsNs, "--uts", ""},
    {kUserNs,
     "--map-users={outer},{inner},{count} "
     "--map-groups={outer},{inner},{count} --setuid={uid} --setgid={gid}",
     ""},
    {kCgroupNs, "--cgroup", ""},
    {kTimeNs, "--time", ""},
    {kMonotonicOffset, "--monotonic={value}", ""},
    {kBoottimeOffset, "--boottime={value}", ""},
    {kRoot, "--root={rootfs}", ""},
    {kProc, "--mount-proc={destination}", ""},
    {kUser, "--setuid={uid}", ""},
    {kGroup, "--setgid={gid}", ""},
    {kCwd, "--wd={value}", ""},
};

}  // namespace

const Vocabulary kUnshare{
    .name = "unshare",
    .program = "unshare",
    .package = "util-linux",
    .version = "--version",
    .begin = "--fork --kill-child",
    .end = "--",
    .sayings = kUnshareSayings,
    .enters_root = false,
};

}  // namespace bulkhead::verify
