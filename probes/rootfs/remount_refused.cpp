// Turning what is read-only into writable. What the container itself covers is
// really tried, and put back; elsewhere the flags are set to what they are.
// Never without MS_BIND: that would change the file system, not the mount.
#include <sys/mount.h>
#include <sys/statvfs.h>

#include "probes/support/filter.h"
#include "probes/support/mounts.h"
#include "probes/support/try.h"

namespace bulkhead::probes::rootfs_remount_refused {
namespace {

// statvfs(3) and mount(2) number these flags alike, but not relatime.
unsigned long flags_of(const std::string& point) {
  constexpr unsigned long kAlike =
      ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOEXEC | ST_NOATIME | ST_NODIRATIME;
  struct statvfs status {};
  if (statvfs(point.c_str(), &status) != 0) return 0;
  unsigned long flags = status.f_flag & kAlike;
  if ((status.f_flag & ST_RELATIME) != 0) flags |= MS_RELATIME;
  return flags;
}

Called remount(const std::string& point, unsigned long flags) {
  return call(SYS_mount, 0L, point.c_str(), 0L, MS_REMOUNT | MS_BIND | flags,
              0L);
}

Observation attempt(Inside& inside) {
  Tally tally;
  const std::vector<std::string> covers = own_covers(inside);
  for (const std::string& point : covers) {
    const unsigned long flags = flags_of(point);
    if ((flags & MS_RDONLY) == 0) continue;
    const Called opened =
        remount(point, flags & ~static_cast<unsigned long>(MS_RDONLY));
    if (opened.ok()) static_cast<void>(remount(point, flags));
    tally.add(point, observe(opened, {}, "remount rw"));
  }
  if (!covers.empty()) return tally.result();
  for (const std::string& point : covers_or_mounts(inside)) {
    tally.add(point, observe(remount(point, flags_of(point)), {}, "remount"));
  }
  return tally.result();
}

const Register kProbe{{
    .id = "rootfs/remount-refused",
    .claim = "What is read-only cannot be made writable.",
    .watches = {"rootfs", "userns", "capabilities", "seccomp", "landlock"},
    .references = {"mount(2) MS_REMOUNT", "CVE-2014-5206", "CIS Docker 5.4"},
    .remedy = "Drop CAP_SYS_ADMIN and deny mount and mount_setattr.",
    .attempt = attempt,
    .witness = [](Inside&) { return ordinary_calls(); },
}};

}  // namespace
}  // namespace bulkhead::probes::rootfs_remount_refused
