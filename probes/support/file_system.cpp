#include "probes/support/file_system.h"

#include <sys/stat.h>
#include <sys/vfs.h>

namespace bulkhead::probes {

bool is_on(const std::string& path, long kind) {
  struct statfs status {};
  return statfs(path.c_str(), &status) == 0 && status.f_type == kind;
}

bool is_mount_point(const std::string& path) {
  struct stat own {};
  struct stat parent {};
  return stat(path.c_str(), &own) == 0 &&
         stat((path + "/..").c_str(), &parent) == 0 &&
         own.st_dev != parent.st_dev;
}

}  // namespace bulkhead::probes
