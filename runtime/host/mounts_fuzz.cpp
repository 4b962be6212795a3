// What /proc and /etc say of this host: /proc/self/mountinfo, an empty line,
// /proc/self/cgroup, an empty line, /etc/subuid.
#include <algorithm>
#include <string>

#include "runtime/base/fuzz.h"
#include "runtime/host/host.h"

using namespace bulkhead;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const std::string text(text_of(data, size));
  const std::size_t first = std::min(text.find("\n\n"), text.size());
  const std::size_t second =
      std::min(text.find("\n\n", first + 2), text.size());
  const auto mounts = parse_mountinfo(text.substr(0, first));
  promise(mounts.size() <= static_cast<std::size_t>(
                               std::count(text.begin(), text.end(), '\n')) +
                               1,
          "no more mounts than lines");
  const CgroupLayout layout =
      cgroup_layout(mounts, text.substr(first, second - first));
  static_cast<void>(layout.delegated({"memory", "pids"}));
  const auto range = subordinate_range(text.substr(second), "user", 1000);
  promise(!range || std::uint64_t{range->first} + range->count <= 1ULL << 32,
          "a range of ids is one of ids");
  return 0;
}
