// /proc must be a procfs of the container's own pid namespace: another one
// shows the processes of whoever mounted it. Who stays in the host's is shown
// the host's, however /proc came to be.
#include <sys/vfs.h>

#include "probes/support/namespace.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::rootfs_proc_belongs_to_ns {
namespace {

constexpr long kProcMagic = 0x9fa0;

bool is_procfs() {
  struct statfs status {};
  return statfs("/proc", &status) == 0 && status.f_type == kProcMagic;
}

Observation attempt(Inside& inside) {
  if (!is_procfs()) return refused(ENOENT, "/proc is no procfs");
  const std::string self = link_target("/proc/self");
  if (self != std::to_string(getpid())) {
    return reached("/proc/self is '" + self + "' but this process is " +
                   std::to_string(getpid()));
  }
  return own_namespace(inside, "pid");
}

Observation witness(Inside&) {
  return is_procfs() ? works("/proc is a procfs")
                     : broken("/proc is no procfs");
}

const Register kProbe{{
    .id = "rootfs/proc-belongs-to-ns",
    .claim = "/proc shows the container's own PID namespace, no other.",
    .watches = {"rootfs", "pidns"},
    .references = {"pid_namespaces(7)", "CVE-2019-19921", "CVE-2023-27561"},
    .remedy = "Mount a new procfs from inside the new pid namespace.",
    .attempt = attempt,
    .witness = witness,
    .plant = [](Outside& outside) { return plant_namespace(outside, "pid"); },
}};

}  // namespace
}  // namespace bulkhead::probes::rootfs_proc_belongs_to_ns
