// The mount table as a closed world: what the spec does not name is an escape.
#include <algorithm>
#include <set>

#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::rootfs_mount_table_closed {
namespace {

constexpr std::string_view kDev = "/dev/";

// Mount points that the spec names.
std::set<std::string> named(const Inside& inside) {
  std::set<std::string> paths;
  for (const std::string& line : split(inside.spec("mounts"), ';')) {
    paths.insert(split(line, ':').front());
  }
  for (const char* fact : {"masked", "readonly"}) {
    for (const std::string& path : split(inside.spec(fact), ':')) {
      paths.insert(path);
    }
  }
  for (const std::string& device : split(inside.spec("devices"), ',')) {
    paths.insert(std::string(kDev) + device);
  }
  return paths;
}

// Below a bind lie the mounts of its source, below the cgroup mount one for
// each hierarchy.
bool below(const MountLine& mount, const std::string& destination,
           const std::string& type) {
  if (!mount.mount_point.starts_with(destination + "/")) return false;
  return type == "bind" || (type == "cgroup" && mount.type == "cgroup");
}

bool explained(const Inside& inside, const std::set<std::string>& paths,
               const MountLine& mount) {
  if (paths.contains(mount.mount_point)) return true;
  const auto lines = split(inside.spec("mounts"), ';');
  return std::ranges::any_of(lines, [&](const std::string& line) {
    const auto words = split(line, ':');
    return words.size() >= 2 && below(mount, words[0], words[1]);
  });
}

Observation attempt(Inside& inside) {
  if (inside.spec("mounts").empty()) return fact_missing("mounts");
  const auto table = mount_table();
  if (table.empty()) return broken("no mount table: " + errno_name(errno));
  const std::set<std::string> paths = named(inside);
  std::string extra;
  for (const MountLine& mount : table) {
    if (!explained(inside, paths, mount)) {
      extra += " " + mount.mount_point + " (" + mount.type + ")";
    }
  }
  if (!extra.empty()) return reached("not asked for:" + extra);
  return refused(0, std::to_string(table.size()) + " mounts, all asked for");
}

Observation witness(Inside&) {
  const auto table = mount_table();
  return table.empty() ? broken("no mount table: " + errno_name(errno))
                       : works(std::to_string(table.size()) + " mounts");
}

const Register kProbe{{
    .id = "rootfs/mount-table-closed",
    .claim = "Nothing is mounted that was not asked for.",
    .watches = {"rootfs"},
    .references = {"OCI mounts", "proc_pid_mountinfo(5)", "CIS Docker 5.5"},
    .remedy = "Mount what the spec names and nothing else.",
    .attempt = attempt,
    .witness = witness,
    .as_asked = true,
}};

}  // namespace
}  // namespace bulkhead::probes::rootfs_mount_table_closed
