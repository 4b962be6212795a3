// Mounts made here would appear outside if a mount of the container were in a
// peer group of the host's: the harness makes such a group and tells all.
#include <sys/mount.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::mountns_no_shared_peers {
namespace {

// "shared:12" for every peer group in the table, with commas between.
std::string peer_groups() {
  std::string groups;
  for (const MountLine& mount : mount_table()) {
    for (const std::string& tag : split(mount.optional_fields, ' ')) {
      if (tag.starts_with("shared:")) groups += tag + ",";
    }
  }
  return groups;
}

Observation attempt(Inside& inside) {
  const std::vector<std::string> outer = split(inside.planted("groups"), ',');
  if (outer.empty()) return broken("no planted peer group");
  if (mount_table().empty()) return broken("no mount table");
  for (const std::string& group : split(peer_groups(), ',')) {
    if (std::ranges::find(outer, group) != outer.end()) {
      return reached("a mount here is the host's peer, " + group);
    }
  }
  return refused(0, "no mount is a peer of the host's");
}

Observation witness(Inside&) {
  const auto table = mount_table();
  return table.empty() ? broken("no mount table: " + errno_name(errno))
                       : works(std::to_string(table.size()) + " mounts");
}

bool plant(Outside& outside) {
  const std::string point = outside.directory() + "/shared";
  if (mkdir(point.c_str(), 0755) != 0 && errno != EEXIST) return false;
  if (mount("none", point.c_str(), "tmpfs", 0, "size=4k,mode=755") != 0) {
    return false;
  }
  outside.tell("mount", point);
  if (mount(nullptr, point.c_str(), nullptr, MS_SHARED, nullptr) != 0) {
    return false;
  }
  outside.tell("groups", peer_groups());
  return true;
}

void clean(Outside& outside) {
  const std::string point = outside.told("mount");
  if (!point.empty()) umount2(point.c_str(), MNT_DETACH);
  rmdir((outside.directory() + "/shared").c_str());
}

const Register kProbe{{
    .id = "mountns/no-shared-peers",
    .claim = "Mounts made in the container cannot appear on the host.",
    .watches = {"mountns", "rootfs"},
    .references = {"mount_namespaces(7)", "CIS Docker 5.19",
                   "OCI linux.rootfsPropagation"},
    .remedy = "Make every mount private or slave before anything is mounted.",
    .attempt = attempt,
    .witness = witness,
    .plant = plant,
    .clean = clean,
}};

}  // namespace
}  // namespace bulkhead::probes::mountns_no_shared_peers
