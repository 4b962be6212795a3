// A mask is the null device or an empty read-only directory. Anything else at
// a masked path is the thing itself, or what a hostile image slipped in.
#include <dirent.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include <cerrno>

#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::rootfs_mask_genuine {
namespace {

constexpr long kProcMagic = 0x9fa0;
constexpr long kSysMagic = 0x62656572;

Observation look(const std::string& path) {
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0) {
    return errno == ENOENT ? absent(path) : refused(errno);
  }
  struct statfs system {};
  if (statfs(path.c_str(), &system) != 0) return refused(errno);
  if (S_ISCHR(status.st_mode)) {
    return status.st_rdev == makedev(1, 3)
               ? refused(0, "the null device")
               : reached("a character device that is not null");
  }
  if (system.f_type == kProcMagic || system.f_type == kSysMagic) {
    return reached("not covered");
  }
  if (S_ISDIR(status.st_mode)) {
    const bool read_only =
        (static_cast<unsigned long>(system.f_flags) & ST_RDONLY) != 0;
    return read_only ? refused(0, "a read-only directory")
                     : reached("a directory that can be written");
  }
  return S_ISREG(status.st_mode) && status.st_size == 0
             ? refused(0, "an empty file")
             : reached("neither null nor empty");
}

Observation attempt(Inside& inside) {
  const auto paths = split(inside.spec("masked"), ':');
  if (paths.empty()) return fact_missing("masked");
  Tally tally;
  for (const std::string& path : paths) tally.add(path, look(path));
  return tally.result();
}

Observation witness(Inside&) {
  struct stat status {};
  return stat("/proc/version", &status) == 0
             ? works("/proc/version is there")
             : broken("/proc/version: " + errno_name(errno));
}

const Register kProbe{{
    .id = "rootfs/mask-genuine",
    .claim = "What covers a masked path is the null device or an empty "
             "read-only directory.",
    .watches = {"rootfs"},
    .references = {"CVE-2025-31133", "OCI linux.maskedPaths"},
    .remedy = "Take the mask's source by descriptor and check what it is "
              "before mounting it.",
    .attempt = attempt,
    .witness = witness,
    .as_asked = true,
}};

}  // namespace
}  // namespace bulkhead::probes::rootfs_mask_genuine
