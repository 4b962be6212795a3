#include <sys/stat.h>

#include <cerrno>

#include "probes/support/file_system.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::rootfs_dev_shm_private {
namespace {

Observation attempt(Inside& inside) {
  if (inside.planted("path").empty()) return broken("no planted path");
  const auto content = slurp(inside.planted("path"), 64);
  if (!content) return observe(called(-1), {}, "open in /dev/shm");
  return content->starts_with(inside.nonce())
             ? reached("the host's file in /dev/shm")
             : refused(ENOENT, "another file of that name");
}

Observation witness(Inside& inside) {
  const std::string path = "/dev/shm/own-" + inside.nonce();
  struct stat status {};
  if (stat("/dev/shm", &status) != 0) return works("no /dev/shm here");
  const bool wrote = spill(path, "x", 0600);
  const int error = errno;
  unlink(path.c_str());
  if (wrote) return works("own file in /dev/shm");
  const std::string why = "/dev/shm: " + errno_name(error);
  return is_mount_point("/dev/shm")
             ? broken(why)
             : fact_missing("tmpfs mounts", "is missing: " + why);
}

bool plant(Outside& outside) {
  // A crash box may lack it.
  if (mkdir("/dev/shm", 01777) != 0 && errno != EEXIST) return false;
  const std::string path = "/dev/shm/bh-" + outside.nonce();
  outside.tell("path", path);
  return spill(path, outside.nonce() + "\n", 0644);
}

void clean(Outside& outside) {
  const std::string path = outside.told("path");
  if (!path.empty()) unlink(path.c_str());
}

const Register kProbe{{
    .id = "rootfs/dev-shm-private",
    .claim = "The host's shared memory files are not in /dev/shm.",
    .watches = {"rootfs"},
    .references = {"shm_overview(7)", "CIS Docker 5.16"},
    .remedy = "Mount a tmpfs of the container's own on /dev/shm.",
    .attempt = attempt,
    .witness = witness,
    .plant = plant,
    .clean = clean,
}};

}  // namespace
}  // namespace bulkhead::probes::rootfs_dev_shm_private
