#include <unistd.h>

#include <array>

#include "cli/verbs.h"

namespace bulkhead::cli {

std::string own_executable() {
  std::array<char, 4096> path{};
  return readlink("/proc/self/exe", path.data(), path.size() - 1) > 0
             ? std::string(path.data())
             : std::string();
}

}  // namespace bulkhead::cli
