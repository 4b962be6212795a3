// No path, no descriptor: past the checks they fail at once.

#include "probes/support/filter.h"
#include "probes/support/try.h"

namespace bulkhead::probes::seccomp_mount_api {
namespace {

Observation attempt(Inside&) {
  return observe_rows(
      {{"mount", [] { return call(SYS_mount, 0L, 0L, 0L, 0L, 0L); }, {EFAULT}},
       {"umount2", [] { return call(SYS_umount2, 0L, 0); }, {EFAULT}},
       {"pivot_root", [] { return call(SYS_pivot_root, 0L, 0L); }, {EFAULT}},
       {"open_tree", [] { return call(SYS_open_tree, -1, 0L, 0); }, {EFAULT}},
       {"move_mount",
        [] { return call(SYS_move_mount, -1, 0L, -1, 0L, 0); },
        {EFAULT}},
       {"fsopen", [] { return call(SYS_fsopen, 0L, 0); }, {EFAULT}},
       {"fsconfig",
        [] { return call(SYS_fsconfig, -1, 0, 0L, 0L, 0); },
        {EINVAL, EBADF}},
       {"fsmount", [] { return call(SYS_fsmount, -1, 0, 0); }, {EBADF}},
       {"fspick", [] { return call(SYS_fspick, -1, 0L, 0); }, {EFAULT}},
       {"mount_setattr",
        [] { return call(SYS_mount_setattr, -1, 0L, 0, 0L, 0UL); },
        {EINVAL}}});
}

const Register kProbe{{
    .id = "seccomp/mount-api",
    .claim = "The calls that change the mount table are not let through.",
    .watches = {"seccomp", "capabilities"},
    .references = {"mount(2)", "fsopen(2)", "mount_setattr(2)",
                   "CVE-2022-0185"},
    .remedy = "Deny the mount calls, old and new.",
    .attempt = attempt,
    .witness = [](Inside&) { return ordinary_calls(); },
}};

}  // namespace
}  // namespace bulkhead::probes::seccomp_mount_api
