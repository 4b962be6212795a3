// The files of a cgroup hierarchy that raise limits or run programs on the
// host (release_agent): opened for writing, never written.
#include <fcntl.h>
#include <sys/stat.h>

#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::cgroup_controls_read_only {
namespace {

constexpr const char* kControls[] = {"cgroup.procs",
                                     "cgroup.subtree_control",
                                     "memory.max",
                                     "pids.max",
                                     "cpu.max",
                                     "memory.limit_in_bytes",
                                     "release_agent",
                                     "notify_on_release",
                                     "devices.allow",
                                     "tasks",
                                     "cpu.cfs_quota_us",
                                     "io.max",
                                     "blkio.throttle.read_bps_device",
                                     "cpuset.cpus",
                                     "cpuset.mems"};

void look(Tally& tally, const std::string& point, const std::string& nonce) {
  for (const char* control : kControls) {
    const std::string path = point + "/" + control;
    if (access(path.c_str(), F_OK) != 0) continue;
    const Called opened = called(open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (opened.ok()) close(static_cast<int>(opened.value));
    tally.add(path, observe(opened, {}, "open for writing"));
  }
  const std::string made = point + "/bh-" + nonce;
  const Called directory = called(mkdir(made.c_str(), 0700));
  if (directory.ok()) rmdir(made.c_str());
  tally.add("mkdir in " + point, observe(directory, {}, "mkdir"));
}

Observation attempt(Inside& inside) {
  Tally tally;
  bool any = false;
  for (const MountLine& mount : mount_table()) {
    if (mount.type != "cgroup" && mount.type != "cgroup2") continue;
    any = true;
    look(tally, mount.mount_point, inside.nonce());
  }
  return any ? tally.result() : refused(ENOENT, "no cgroup file system here");
}

Observation witness(Inside&) {
  const auto own = slurp("/proc/self/cgroup");
  return own ? works("/proc/self/cgroup can be read")
             : broken("/proc/self/cgroup: " + errno_name(errno));
}

const Register kProbe{{
    .id = "cgroup/controls-read-only",
    .claim = "The container's limits cannot be raised from inside.",
    .watches = {"cgroup", "rootfs", "userns"},
    .references = {"CVE-2022-0492", "CVE-2023-25809", "CVE-2021-4197",
                   "cgroups(7)"},
    .remedy = "Mount cgroup file systems read-only, or not at all.",
    .attempt = attempt,
    .witness = witness,
}};

}  // namespace
}  // namespace bulkhead::probes::cgroup_controls_read_only
