// Changing the root by the call that runtimes use. A directory that is no
// mount point is refused with EINVAL, but only past the permission check.
#include <sys/stat.h>

#include "probes/support/child.h"
#include "probes/support/filter.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::rootfs_pivot_refused {
namespace {

Observation pivot(const std::string& directory) {
  if (chdir(directory.c_str()) != 0) {
    return broken("chdir: " + errno_name(errno));
  }
  return observe(call(SYS_pivot_root, ".", "."), {EINVAL, EBUSY}, "pivot_root");
}

Observation attempt(Inside& inside) {
  const std::string directory = scratch(inside) + "/pivot-" + inside.nonce();
  if (mkdir(directory.c_str(), 0700) != 0) {
    return broken("mkdir " + directory + ": " + errno_name(errno));
  }
  Observation seen = in_child([&] { return pivot(directory); });
  rmdir(directory.c_str());
  return seen;
}

const Register kProbe{{
    .id = "rootfs/pivot-refused",
    .claim = "The root cannot be exchanged for another.",
    .watches = {"rootfs", "userns", "capabilities", "seccomp", "landlock"},
    .references = {"pivot_root(2)", "CIS Docker 5.4"},
    .remedy = "Drop CAP_SYS_ADMIN and deny pivot_root.",
    .attempt = attempt,
    .witness = [](Inside&) { return ordinary_calls(); },
}};

}  // namespace
}  // namespace bulkhead::probes::rootfs_pivot_refused
