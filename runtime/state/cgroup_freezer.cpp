#include "runtime/state/cgroup_freezer.h"

#include <fcntl.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/file.h"
#include "runtime/base/text.h"

namespace bulkhead {
namespace {

/// Where the v1 hierarchy of the freezer is mounted, and which part of it.
struct Freezer {
  std::string mount_point;
  std::string root;
};

bool names_freezer(std::string_view list) {
  const std::vector<std::string_view> names = split(list, ',');
  return std::ranges::find(names, "freezer") != names.end();
}

Freezer find_freezer() {
  const Result<std::string> mounts = read_file("/proc/self/mountinfo");
  if (!mounts) return {};
  for (const std::string_view line : split(*mounts, '\n')) {
    const std::vector<std::string_view> words = words_of(line);
    if (words.size() < 9 || words[words.size() - 3] != "cgroup" ||
        !names_freezer(words.back())) {
      continue;
    }
    return {std::string(words[4]), std::string(words[3])};
  }
  return {};
}

/// The path of `pid` in the freezer's hierarchy; empty: it has none.
std::string place_of(pid_t pid) {
  const Result<std::string> text =
      read_file("/proc/" + std::to_string(pid) + "/cgroup");
  if (!text) return {};
  for (const std::string_view line : split(*text, '\n')) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (second == std::string_view::npos) continue;
    if (names_freezer(line.substr(first + 1, second - first - 1))) {
      return std::string(line.substr(second + 1));
    }
  }
  return {};
}

}  // namespace

Status thaw_process(pid_t pid) {
  std::string place = place_of(pid);
  if (place.empty() || place == "/") return {};
  const Freezer freezer = find_freezer();
  if (freezer.mount_point.empty()) return {};
  if (freezer.root != "/" && place.starts_with(freezer.root + "/")) {
    place.erase(0, freezer.root.size());
  }
  // A cgroup is frozen as long as one above it is: the outermost first.
  for (std::size_t end = place.find('/', 1);; end = place.find('/', end + 1)) {
    const std::string file =
        freezer.mount_point + place.substr(0, end) + "/freezer.state";
    if (Status status = write_file_at(AT_FDCWD, file, "THAWED"); !status) {
      return within("thaw " + std::to_string(pid), status.error());
    }
    if (end == std::string::npos) return {};
  }
}

}  // namespace bulkhead
