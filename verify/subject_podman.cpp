// podman, with the OCI runtime that it finds or a named one. It fetches no
// image: the root is given, and nothing is kept.
#include "verify/vocabulary.h"

namespace bulkhead::verify {
namespace {

using enum Feature;

constexpr Saying kPodmanSayings[] = {
    {kPidNs, "--pid=private", "--pid=host"},
    {kMountNs, "", ""},
    {kNetNs, "--network=none", "--network=host"},
    {kLoopback, "", ""},
    {kIpcNs, "--ipc=private", "--ipc=host"},
    {kUtsNs, "--uts=private", "--uts=host"},
    {kUserNs,
     "--uidmap={inner}:{outer}:{count} --gidmap={inner}:{outer}:{count}", ""},
    {kCgroupNs, "--cgroupns=private", "--cgroupns=host"},
    {kHostname, "--hostname={value}", ""},
    {kRoot, "", ""},
    {kReadOnlyRoot, "--read-only --read-only-tmpfs=false", ""},
    {kMinimalDev, "", ""},
    {kProc, "", ""},
    {kSysfs, "", ""},
    {kCgroupMount, "", ""},
    // --mount=type=devpts has a word for max=, and none for ptmxmode=, so that
    // nobody could open a terminal.
    {kDevpts, "", ""},
    {kMqueue, "", ""},
    {kTmpfs, "--tmpfs={destination}:{options},size={size},mode={mode}", ""},
    {kBind, "--volume={source}:{destination}:{options},rbind", ""},
    {kMaskedProc, "--security-opt=mask={value}", ""},
    {kMaskedSys, "--security-opt=mask={value}", ""},
    {kReadOnlyPaths, "", ""},
    {kMemory, "--memory={value}b", ""},
    {kSwap, "--memory-swap={total}b", ""},
    {kPids, "--pids-limit={value}", "--pids-limit=-1"},
    {kCpuQuota, "--cpu-quota={quota} --cpu-period={period}", ""},
    {kCpuWeight, "--cpu-shares={shares}", ""},
    {kUser, "--user={uid}:{gid}", ""},
    {kGroup, "--user={uid}:{gid}", ""},
    {kAdditionalGroups, "--group-add={value}", ""},
    {kUmask, "--umask={value}", ""},
    {kOomScore, "--oom-score-adj={value}", ""},
    {kNoNewPrivs, "--security-opt=no-new-privileges", ""},
    {kNoCapabilities, "--cap-drop=all", ""},
    {kSomeCapabilities, "--cap-drop=all --cap-add={value}", ""},
    {kSeccomp, "--security-opt=seccomp={filter}",
     "--security-opt=seccomp=unconfined"},
    {kRlimits, "--ulimit={lower}={soft-number}:{hard-number}", ""},
    {kCwd, "--workdir={value}", ""},
    {kEnvironment, "--env={name}={value}", ""},
    {kCleanEnvironment, "--unsetenv-all --http-proxy=false", ""},
    {kSession, "", ""},
    {kKeyring, "", ""},
    {kCloseFds, "", ""},
    {kSysctls, "--sysctl={name}={value}", ""},
};

constexpr Vocabulary over(const char* name, std::string_view begin) {
  return {
      .name = name,
      .program = "podman",
      .package = "podman",
      .version = "--version",
      .begin = begin,
      .end = "--rootfs {rootfs}",
      .sayings = kPodmanSayings,
      .filter = FilterForm::kOci,
      .wants_own_root = true,
  };
}

// A macro, since a string_view is not put together from others while compiling.
#define BULKHEAD_PODMAN                                                 \
  "--root={directory}/storage --runroot={directory}/run "               \
  "--tmpdir={directory}/tmp --network-config-dir={directory}/networks " \
  "--storage-driver=vfs "                                               \
  "--cgroup-manager=cgroupfs --events-backend=none "
#define BULKHEAD_PODMAN_RUN                                            \
  "run --rm --name={id} --log-driver=none --no-hosts --systemd=false " \
  "--cgroups=enabled"

}  // namespace

const Vocabulary kPodman = over("podman", BULKHEAD_PODMAN BULKHEAD_PODMAN_RUN);
const Vocabulary kPodmanCrun =
    over("podman-crun", BULKHEAD_PODMAN "--runtime=crun " BULKHEAD_PODMAN_RUN);
const Vocabulary kPodmanRunc =
    over("podman-runc", BULKHEAD_PODMAN "--runtime=runc " BULKHEAD_PODMAN_RUN);

}  // namespace bulkhead::verify
