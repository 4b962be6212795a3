#include "integration/agent/cgroups.h"

#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "integration/agent/boot.h"
#include "integration/agent/port.h"

namespace bulkhead::agent {
namespace {

constexpr unsigned long kPlain = MS_NOSUID | MS_NOEXEC | MS_NODEV;
constexpr const char* kTop = "/sys/fs/cgroup";

/// A v1 hierarchy, and the name under which init systems show it too.
struct Hierarchy {
  const char* controllers;
  const char* alias;
};
constexpr std::array<Hierarchy, 11> kHierarchies = {{
    {"cpu,cpuacct", "cpu cpuacct"},
    {"net_cls,net_prio", "net_cls net_prio"},
    {"memory", ""},
    {"pids", ""},
    {"cpuset", ""},
    {"devices", ""},
    {"freezer", ""},
    {"blkio", ""},
    {"hugetlb", ""},
    {"perf_event", ""},
    {"rdma", ""},
}};

std::string v2_controllers(const std::string& top) {
  std::string names;
  if (FILE* file = std::fopen((top + "/cgroup.controllers").c_str(), "re")) {
    std::array<char, 512> line{};
    if (std::fgets(line.data(), line.size(), file) != nullptr) {
      names = line.data();
    }
    (void)std::fclose(file);
  }
  for (char& c : names) {
    if (c == ' ') c = ',';
  }
  while (!names.empty() && names.back() == '\n') names.pop_back();
  return names;
}

void add_aliases(const Hierarchy& hierarchy) {
  const std::string words = hierarchy.alias;
  for (std::size_t begin = 0; begin < words.size();) {
    const std::size_t end = std::min(words.find(' ', begin), words.size());
    (void)!symlink(
        hierarchy.controllers,
        (std::string(kTop) + "/" + words.substr(begin, end - begin)).c_str());
    begin = end + 1;
  }
}

/// Which of them a kernel still has for v1 is found by trying: 6.12 and later
/// refuse memory.
std::string mount_v1() {
  mount_on("tmpfs", kTop, kPlain, "mode=0755");
  std::string mounted;
  for (const Hierarchy& hierarchy : kHierarchies) {
    const std::string folder = std::string(kTop) + "/" + hierarchy.controllers;
    mkdir(folder.c_str(), 0755);
    if (mount("cgroup", folder.c_str(), "cgroup", kPlain,
              hierarchy.controllers) != 0) {
      rmdir(folder.c_str());
      continue;
    }
    add_aliases(hierarchy);
    mounted +=
        (mounted.empty() ? "" : ",") + std::string(hierarchy.controllers);
  }
  return mounted;
}

}  // namespace

std::vector<std::string> mount_cgroups(const std::string& mode) {
  std::string controllers;
  if (mode == "v2") {
    mount_on("cgroup2", kTop, kPlain, "nsdelegate,memory_recursiveprot");
    controllers = v2_controllers(kTop);
  } else if (mode == "v1" || mode == "hybrid") {
    controllers = mount_v1();
    if (mode == "hybrid") {
      mount_on("cgroup2", std::string(kTop) + "/unified", kPlain);
    }
  } else {
    power_off("bulkhead.cgroup=" + mode + " is none of v1, v2, hybrid");
  }
  return {"cgroup=" + mode, "controllers=" + controllers};
}

}  // namespace bulkhead::agent
