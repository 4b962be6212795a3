// The append-only flag on a file of our own, taken off again at once.
#include <linux/fs.h>
#include <sys/ioctl.h>

#include "probes/support/capability.h"
#include "probes/support/files.h"
#include "probes/support/try.h"

namespace bulkhead::probes::capabilities_linux_immutable {
namespace {

Observation attempt(Inside& inside) {
  const OwnFile own(inside, "append", 0600);
  if (own.fd() < 0) return own.trouble();
  int before = 0;
  if (ioctl(own.fd(), FS_IOC_GETFLAGS, &before) != 0) {
    return absent("this file system has no inode flags: " + errno_name(errno));
  }
  const int after = before | FS_APPEND_FL;
  const Called set = called(ioctl(own.fd(), FS_IOC_SETFLAGS, &after));
  if (set.ok()) {
    static_cast<void>(ioctl(own.fd(), FS_IOC_SETFLAGS, &before));
  } else if (set.error == EOPNOTSUPP || set.error == ENOTTY) {
    return absent("this file system has no append-only flag");
  }
  return observe(set, {}, "FS_IOC_SETFLAGS");
}

const Register kProbe{{
    .id = "capabilities/linux-immutable",
    .claim = "No file can be made unremovable.",
    .watches = {"capabilities", "userns"},
    .references = {"capabilities(7) CAP_LINUX_IMMUTABLE", "ioctl_iflags(2)",
                   "Linux 6.6 (tmpfs)"},
    .remedy = "Drop CAP_LINUX_IMMUTABLE.",
    .attempt = attempt,
    .witness = [](Inside&) { return read_capabilities(); },
}};

}  // namespace
}  // namespace bulkhead::probes::capabilities_linux_immutable
