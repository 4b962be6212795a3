// Every way to mount something, on a directory of our own; what succeeds is
// taken away again at once.
#include <fcntl.h>
#include <linux/mount.h>
#include <sys/stat.h>

#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::capabilities_mount_refused {
namespace {

constexpr long kMsBind = 4096;
constexpr long kMntDetach = 2;

Observation descriptor(const Called& made, const char* what) {
  if (made.ok()) close(static_cast<int>(made.value));
  return observe(made, {}, what);
}

Observation mounted(const Called& made, const std::string& point,
                    const char* what) {
  if (made.ok()) {
    static_cast<void>(call(SYS_umount2, point.c_str(), kMntDetach));
  }
  return observe(made, {}, what);
}

Observation attempt(Inside& inside) {
  const std::string point = scratch(inside) + "/mount-" + inside.nonce();
  if (mkdir(point.c_str(), 0700) != 0) {
    return broken("mkdir " + point + ": " + errno_name(errno));
  }
  Tally tally;
  tally.add("mount tmpfs", mounted(call(SYS_mount, "none", point.c_str(),
                                        "tmpfs", 0L, "size=4k"),
                                   point, "mount"));
  tally.add("mount --bind", mounted(call(SYS_mount, point.c_str(),
                                         point.c_str(), 0L, kMsBind, 0L),
                                    point, "mount"));
  tally.add("fsopen tmpfs",
            descriptor(call(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC), "fsopen"));
  tally.add("open_tree clone",
            descriptor(call(SYS_open_tree, AT_FDCWD, point.c_str(),
                            OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC),
                       "open_tree"));
  tally.add(
      "fspick",
      descriptor(call(SYS_fspick, AT_FDCWD, "/", FSPICK_CLOEXEC), "fspick"));
  // Not a mount point: EINVAL, but only past the permission check.
  mount_attr attributes{};
  tally.add("mount_setattr",
            observe(call(SYS_mount_setattr, AT_FDCWD, point.c_str(), 0,
                         &attributes, sizeof attributes),
                    {EINVAL}, "mount_setattr"));
  rmdir(point.c_str());
  return tally.result();
}

Observation witness(Inside& inside) {
  const std::string point = scratch(inside) + "/dir-" + inside.nonce();
  const bool made = mkdir(point.c_str(), 0700) == 0;
  const int error = errno;
  rmdir(point.c_str());
  return made ? works("a directory was made")
              : broken("mkdir: " + errno_name(error));
}

const Register kProbe{{
    .id = "capabilities/mount-refused",
    .claim = "Nothing can be mounted, by any interface.",
    .watches = {"capabilities", "seccomp"},
    .references = {"capabilities(7) CAP_SYS_ADMIN", "mount(2)", "fsopen(2)",
                   "CIS Docker 5.4"},
    .remedy = "Drop CAP_SYS_ADMIN and deny the mount calls, old and new.",
    .attempt = attempt,
    .witness = witness,
}};

}  // namespace
}  // namespace bulkhead::probes::capabilities_mount_refused
