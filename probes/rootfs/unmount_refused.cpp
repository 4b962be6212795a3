// Taking a mask off. With MNT_EXPIRE a first call only marks the mount, and
// says so: EAGAIN, or EBUSY if it is in use. Looking at it clears the mark.
#include <fcntl.h>
#include <sys/mount.h>

#include "probes/support/filter.h"
#include "probes/support/mounts.h"
#include "probes/support/try.h"

namespace bulkhead::probes::rootfs_unmount_refused {
namespace {

void clear_mark(const std::string& point) {
  const int fd = open(point.c_str(), O_PATH | O_CLOEXEC);
  if (fd >= 0) close(fd);
}

Observation attempt(Inside& inside) {
  Tally tally;
  for (const std::string& point : covers_or_mounts(inside)) {
    const Called marked =
        call(SYS_umount2, point.c_str(), MNT_EXPIRE | UMOUNT_NOFOLLOW);
    clear_mark(point);
    tally.add(point, observe(marked, {EAGAIN, EBUSY}, "umount"));
  }
  return tally.result();
}

const Register kProbe{{
    .id = "rootfs/unmount-refused",
    .claim = "Masks and other mounts cannot be taken off.",
    .watches = {"rootfs", "userns", "capabilities", "seccomp", "landlock"},
    .references = {"umount(2)", "CVE-2014-7970", "CVE-2014-7975",
                   "CIS Docker 5.4"},
    .remedy = "Drop CAP_SYS_ADMIN and deny umount2.",
    .attempt = attempt,
    .witness = [](Inside&) { return ordinary_calls(); },
}};

}  // namespace
}  // namespace bulkhead::probes::rootfs_unmount_refused
