#include "probes/support/file_system.h"

#include <sys/vfs.h>

namespace bulkhead::probes {

bool is_on(const std::string& path, long kind) {
  struct statfs status {};
  return statfs(path.c_str(), &status) == 0 && status.f_type == kind;
}

}  // namespace bulkhead::probes
