// Moving a mask away, tried without moving anything: onto itself, which the
// kernel refuses with ELOOP after every other check.
#include <sys/mount.h>

#include "probes/support/filter.h"
#include "probes/support/mounts.h"
#include "probes/support/try.h"

namespace bulkhead::probes::rootfs_move_refused {
namespace {

Observation attempt(Inside& inside) {
  Tally tally;
  for (const std::string& point : covers_or_mounts(inside)) {
    tally.add(point, observe(call(SYS_mount, point.c_str(), point.c_str(), 0L,
                                  static_cast<unsigned long>(MS_MOVE), 0L),
                             {ELOOP}, "mount --move"));
  }
  return tally.result();
}

const Register kProbe{{
    .id = "rootfs/move-refused",
    .claim = "Masks and other mounts cannot be moved away.",
    .watches = {"rootfs", "userns", "capabilities", "seccomp", "landlock"},
    .references = {"mount(2) MS_MOVE", "CIS Docker 5.4"},
    .remedy = "Drop CAP_SYS_ADMIN and deny mount and move_mount.",
    .attempt = attempt,
    .witness = [](Inside&) { return ordinary_calls(); },
}};

}  // namespace
}  // namespace bulkhead::probes::rootfs_move_refused
