// Every node below /dev, looked at, not opened: only the listed ones may be
// there. Outside, /dev gets one more null device, named by the nonce.
#include <dirent.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::devices_allow_list {
namespace {

constexpr unsigned kMostDepth = 4;

// Paths below /dev of device nodes; terminals of a devpts are left out.
void list_nodes(const std::string& below, unsigned depth,
                std::vector<std::string>& nodes) {
  DIR* directory = opendir(("/dev/" + below).c_str());
  if (directory == nullptr || depth > kMostDepth) {
    if (directory != nullptr) closedir(directory);
    return;
  }
  while (const dirent* entry = readdir(directory)) {
    if (std::strcmp(entry->d_name, ".") == 0 ||
        std::strcmp(entry->d_name, "..") == 0) {
      continue;
    }
    const std::string path =
        below.empty() ? entry->d_name : below + "/" + entry->d_name;
    struct stat status {};
    if (lstat(("/dev/" + path).c_str(), &status) != 0) continue;
    if (S_ISDIR(status.st_mode)) {
      if (path != "pts") list_nodes(path, depth + 1, nodes);
    } else if (S_ISBLK(status.st_mode) || S_ISCHR(status.st_mode)) {
      nodes.push_back(path);
    }
  }
  closedir(directory);
}

Observation attempt(Inside& inside) {
  const auto allowed = split(inside.spec("devices"), ',');
  if (allowed.empty()) return fact_missing("devices");
  std::vector<std::string> nodes;
  list_nodes("", 0, nodes);
  std::string extra;
  for (const std::string& node : nodes) {
    if (std::ranges::find(allowed, node) == allowed.end()) {
      extra += " " + node;
    }
  }
  if (!extra.empty()) return reached("not on the list:" + extra);
  return refused(0, std::to_string(nodes.size()) + " nodes, all on the list");
}

Observation witness(Inside&) {
  struct stat status {};
  if (stat("/dev/null", &status) != 0) {
    return broken("/dev/null: " + errno_name(errno));
  }
  return status.st_rdev == makedev(1, 3) ? works("/dev/null is there")
                                         : broken("/dev/null is not null");
}

bool plant(Outside& outside) {
  const std::string path = "/dev/bh-" + outside.nonce().substr(0, 12);
  if (mknod(path.c_str(), S_IFCHR | 0600, makedev(1, 3)) != 0) return false;
  outside.tell("path", path);
  return true;
}

void clean(Outside& outside) {
  const std::string path = outside.told("path");
  if (!path.empty()) unlink(path.c_str());
}

const Register kProbe{{
    .id = "devices/allow-list",
    .claim = "Only the listed devices are in /dev.",
    .watches = {"devices"},
    .references = {"OCI linux.devices", "OCI default devices",
                   "CIS Docker 5.17"},
    .remedy = "Give the container a /dev of its own with the listed nodes.",
    .attempt = attempt,
    .witness = witness,
    .plant = plant,
    .clean = clean,
}};

}  // namespace
}  // namespace bulkhead::probes::devices_allow_list
