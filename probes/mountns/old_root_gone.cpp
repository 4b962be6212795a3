// The old root must be detached, not covered: a tmpfs outside, whose source
// name is the nonce, must not stand in the container's mount table.
#include <sys/mount.h>
#include <sys/stat.h>

#include <cerrno>

#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::mountns_old_root_gone {
namespace {

Observation attempt(Inside& inside) {
  if (inside.planted("mount").empty()) return broken("no planted mount");
  const auto table = mount_table();
  if (table.empty()) return broken("no mount table: " + errno_name(errno));
  for (const MountLine& mount : table) {
    if (mount.source == inside.nonce()) {
      return reached("the host's mount stands at " + mount.mount_point);
    }
  }
  return refused(0, std::to_string(table.size()) + " mounts, no canary");
}

Observation witness(Inside&) {
  const auto table = mount_table();
  return table.empty() ? broken("no mount table: " + errno_name(errno))
                       : works(std::to_string(table.size()) + " mounts");
}

bool plant(Outside& outside) {
  const std::string point = outside.directory() + "/mount";
  if (mkdir(point.c_str(), 0755) != 0 && errno != EEXIST) return false;
  if (mount(outside.nonce().c_str(), point.c_str(), "tmpfs", 0,
            "size=4k,mode=755") != 0) {
    return false;
  }
  outside.tell("mount", point);
  return true;
}

void clean(Outside& outside) {
  const std::string point = outside.told("mount");
  if (!point.empty()) umount2(point.c_str(), MNT_DETACH);
  rmdir((outside.directory() + "/mount").c_str());
}

const Register kProbe{{
    .id = "mountns/old-root-gone",
    .claim = "The host's mounts are not in the container's mount table.",
    .watches = {"mountns", "rootfs"},
    .references = {"pivot_root(2)", "mount_namespaces(7)",
                   "OCI runtime-spec: root"},
    .remedy = "Detach the old root after pivot_root (umount2 MNT_DETACH).",
    .attempt = attempt,
    .witness = witness,
    .plant = plant,
    .clean = clean,
}};

}  // namespace
}  // namespace bulkhead::probes::mountns_old_root_gone
