// A cover is a mount of its own, and begins without the flags of the mount
// that it covers: a remount that names only MS_RDONLY loses the others.
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::rootfs_cover_flags {
namespace {

struct Flag {
  unsigned long bit;
  const char* name;
};
constexpr Flag kFlags[] = {
    {ST_RDONLY, "ro"}, {ST_NOSUID, "nosuid"}, {ST_NOEXEC, "noexec"}};

Observation look(const std::string& path) {
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0) {
    return errno == ENOENT ? absent(path) : refused(errno);
  }
  // A null device is no way to write or to run anything.
  if (S_ISCHR(status.st_mode)) return refused(0, "the null device");
  struct statvfs system {};
  if (statvfs(path.c_str(), &system) != 0) return refused(errno);
  std::string lost;
  for (const Flag& flag : kFlags) {
    if ((system.f_flag & flag.bit) == 0) lost += std::string(" ") + flag.name;
  }
  return lost.empty() ? refused(0, "all flags") : reached("lacks" + lost);
}

Observation attempt(Inside& inside) {
  Tally tally;
  for (const char* fact : {"masked", "readonly"}) {
    for (const std::string& path : split(inside.spec(fact), ':')) {
      tally.add(path, look(path));
    }
  }
  if (inside.spec("readonly").empty()) {
    return fact_missing("readonly");
  }
  return tally.result();
}

Observation witness(Inside&) {
  struct statvfs status {};
  return statvfs("/", &status) == 0 ? works("statvfs /")
                                    : broken("statvfs /: " + errno_name(errno));
}

const Register kProbe{{
    .id = "rootfs/cover-flags",
    .claim = "What covers a path of proc or sysfs is read-only, nosuid and "
             "noexec.",
    .watches = {"rootfs"},
    .references = {"OCI linux.maskedPaths", "OCI linux.readonlyPaths",
                   "mount(2) MS_REMOUNT"},
    .remedy = "Keep the flags of the covered mount when a cover is made "
              "read-only.",
    .attempt = attempt,
    .witness = witness,
}};

}  // namespace
}  // namespace bulkhead::probes::rootfs_cover_flags
