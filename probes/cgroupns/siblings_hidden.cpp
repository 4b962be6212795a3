// Another container's cgroup: its name is its neighbour's secret, its files
// are its neighbour's limits.
#include <dirent.h>
#include <sys/stat.h>

#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::cgroupns_siblings_hidden {
namespace {

constexpr int kMostDepth = 3;

std::string name_of(const std::string& nonce) {
  return "bh-sibling-" + nonce.substr(0, 12);
}

std::vector<std::string> cgroup_mounts() {
  std::vector<std::string> points;
  for (const MountLine& mount : mount_table()) {
    if (mount.type == "cgroup" || mount.type == "cgroup2") {
      points.push_back(mount.mount_point);
    }
  }
  return points;
}

bool holds(const std::string& directory, const std::string& name, int depth) {
  if (access((directory + "/" + name).c_str(), F_OK) == 0) return true;
  DIR* listing = depth < kMostDepth ? opendir(directory.c_str()) : nullptr;
  if (listing == nullptr) return false;
  bool found = false;
  while (const dirent* entry = found ? nullptr : readdir(listing)) {
    if (entry->d_type == DT_DIR && entry->d_name[0] != '.') {
      found = holds(directory + "/" + entry->d_name, name, depth + 1);
    }
  }
  closedir(listing);
  return found;
}

Observation attempt(Inside& inside) {
  if (inside.planted("at").empty()) {
    return absent("the host mounts no cgroup hierarchy");
  }
  Tally tally;
  const auto points = cgroup_mounts();
  for (const std::string& point : points) {
    tally.add(point, holds(point, name_of(inside.nonce()), 0)
                         ? reached("the neighbour's cgroup")
                         : refused(ENOENT));
  }
  return points.empty() ? refused(ENOENT, "no cgroup file system here")
                        : tally.result();
}

Observation witness(Inside&) {
  return slurp("/proc/self/cgroup")
             ? works("/proc/self/cgroup can be read")
             : broken("/proc/self/cgroup: " + errno_name(errno));
}

bool plant(Outside& outside) {
  std::string made;
  for (const std::string& point : cgroup_mounts()) {
    const std::string path = point + "/" + name_of(outside.nonce());
    if (mkdir(path.c_str(), 0755) == 0) made += path + ":";
  }
  outside.tell("at", made);
  return true;
}

void clean(Outside& outside) {
  for (const std::string& path : split(outside.told("at"), ':')) {
    rmdir(path.c_str());
  }
}

const Register kProbe{{
    .id = "cgroupns/siblings-hidden",
    .claim = "The cgroups of other containers are not seen.",
    .watches = {"cgroupns"},
    .references = {"cgroup_namespaces(7)", "Linux 4.6"},
    .remedy = "Ask for a new cgroup namespace and mount cgroups from inside "
              "it.",
    .attempt = attempt,
    .witness = witness,
    .plant = plant,
    .clean = clean,
}};

}  // namespace
}  // namespace bulkhead::probes::cgroupns_siblings_hidden
