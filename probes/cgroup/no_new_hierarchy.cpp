// Mounting cgroup v1, whose release_agent runs on the host. Without a
// controller and without a name there is nothing to mount: EINVAL, but only
// past the permission check.
#include <sys/mount.h>
#include <sys/stat.h>

#include "probes/support/filter.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::cgroup_no_new_hierarchy {
namespace {

Observation attempt(Inside& inside) {
  const std::string types = slurp("/proc/filesystems").value_or("");
  const std::string point = scratch(inside) + "/cgroup-" + inside.nonce();
  if (mkdir(point.c_str(), 0700) != 0) {
    return broken("mkdir " + point + ": " + errno_name(errno));
  }
  Observation seen = absent("this kernel has no cgroup v1");
  if (types.find("\tcgroup\n") != std::string::npos) {
    const Called mounted =
        call(SYS_mount, "none", point.c_str(), "cgroup", 0UL, "none");
    if (mounted.ok()) umount2(point.c_str(), MNT_DETACH);
    seen = observe(mounted, {EINVAL}, "mount cgroup");
  }
  rmdir(point.c_str());
  return seen;
}

const Register kProbe{{
    .id = "cgroup/no-new-hierarchy",
    .claim = "No cgroup hierarchy can be mounted.",
    .watches = {"cgroup", "capabilities", "seccomp", "landlock"},
    .references = {"CVE-2022-0492", "cgroups(7)"},
    .remedy = "Drop CAP_SYS_ADMIN and deny mount.",
    .attempt = attempt,
    .witness = [](Inside&) { return ordinary_calls(); },
}};

}  // namespace
}  // namespace bulkhead::probes::cgroup_no_new_hierarchy
