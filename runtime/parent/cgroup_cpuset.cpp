#include "runtime/parent/cgroup_cpuset.h"

#include <fcntl.h>

#include "runtime/base/file.h"

namespace bulkhead {

Status fill_cpuset(const std::string& directory) {
  const std::string above = directory.substr(0, directory.rfind('/'));
  for (const char* file : {"/cpuset.cpus", "/cpuset.mems"}) {
    const Result<std::string> own = read_file(directory + file);
    if (!own) return within("cgroup", own.error());
    if (!trimmed(*own).empty()) continue;
    const Result<std::string> given = read_file(above + file);
    if (!given) return within("cgroup", given.error());
    if (trimmed(*given).empty()) {
      return fail("cgroup: " + above + file + " is empty", 0,
                  "fill it first: nothing may enter an empty cpuset");
    }
    if (Status status =
            write_file_at(AT_FDCWD, directory + file, trimmed(*given));
        !status) {
      return within("cgroup", status.error());
    }
  }
  return {};
}

std::string cpuset_remedy(const std::string& directory,
                          const std::string& file) {
  if (!file.starts_with("cpuset.")) return {};
  const std::string above = directory.substr(0, directory.rfind('/')) + "/";
  // The first of them is v2's, and empty in no cgroup.
  for (const std::string& name : {file + ".effective", file}) {
    const Result<std::string> there = read_file(above + name);
    if (!there || trimmed(*there).empty()) continue;
    return "ask for some of " + trimmed(*there) +
           ", which the cgroup above has";
  }
  return {};
}

}  // namespace bulkhead
