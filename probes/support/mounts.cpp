#include "probes/support/mounts.h"

#include <algorithm>

#include "probes/support/text.h"

namespace bulkhead::probes {

namespace {

constexpr std::size_t kMostMounts = 6;

std::vector<std::string> mount_points() {
  std::vector<std::string> points;
  for (const MountLine& mount : mount_table()) {
    points.push_back(mount.mount_point);
  }
  return points;
}

}  // namespace

std::vector<std::string> own_covers(const Inside& inside) {
  std::vector<std::string> covers;
  if (!inside.spec("root").empty()) return covers;
  const std::vector<std::string> points = mount_points();
  for (const char* fact : {"masked", "readonly"}) {
    for (const std::string& path : split(inside.spec(fact), ':')) {
      if (std::ranges::find(points, path) != points.end()) {
        covers.push_back(path);
      }
    }
  }
  return covers;
}

std::vector<std::string> covers_or_mounts(const Inside& inside) {
  std::vector<std::string> points = own_covers(inside);
  if (!points.empty()) return points;
  for (const std::string& point : mount_points()) {
    if (point == "/" || points.size() == kMostMounts) continue;
    points.push_back(point);
  }
  return points;
}

}  // namespace bulkhead::probes
