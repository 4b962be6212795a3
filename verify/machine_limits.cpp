#include "verify/machine_limits.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "runtime/base/file.h"
#include "runtime/spec/cpu_list.h"
#include "runtime/spec/limit_names.h"
#include "runtime/spec/mount_options.h"

namespace bulkhead::verify {
namespace {

namespace fs = std::filesystem;

std::string line_of(const std::string& path) {
  return trimmed(read_file(path).value_or(""));
}

bool has(const BoxFacts& box, const std::string& file) {
  return std::ranges::any_of(box.cgroup_roots, [&](const std::string& root) {
    return access((root + "/" + file).c_str(), F_OK) == 0;
  });
}

/// All of the box's CPUs, or memory nodes, but the first: one to be kept out
/// of. Empty where there is only one, or no cgroup that says.
std::string all_but_the_first(const BoxFacts& box, const std::string& file) {
  std::string list;
  for (const std::string& root : box.cgroup_roots) {
    // v2 has the first of these, and an empty second.
    for (const char* ending : {".effective", ""}) {
      if (!list.empty()) break;
      list = line_of(root + "/" + file + ending);
    }
  }
  const std::size_t end = list.find_first_of("-,");
  if (end == std::string::npos) return {};
  if (list[end] == ',') return list.substr(end + 1);
  const auto second = number_named(list.substr(0, end));
  return second
             ? cpu_list(std::to_string(*second + 1) + list.substr(end), kMaxCpu)
                   .value_or("")
             : "";
}

/// The disk below the directory that the box shows of the machine's; limits are
/// a whole disk's, whatever its parts.
void ask_disk(Resources& limits, const BoxFacts& box) {
  if (!has(box, "io.max") && !has(box, "blkio.throttle.read_bps_device")) {
    return;
  }
  struct stat status {};
  if (stat("/var/tmp", &status) != 0) return;
  std::string numbers = std::to_string(gnu_dev_major(status.st_dev)) + ":" +
                        std::to_string(gnu_dev_minor(status.st_dev));
  const std::string disk = "/sys/dev/block/" + numbers;
  if (access((disk + "/partition").c_str(), F_OK) == 0) {
    numbers = line_of(disk + "/../dev");
  }
  const std::size_t colon = numbers.find(':');
  const auto major = number_named(numbers.substr(0, colon));
  const auto minor = colon == std::string::npos
                         ? std::nullopt
                         : number_named(numbers.substr(colon + 1));
  // A file system without a disk has numbers that no disk has.
  if (!major || !minor || access(disk.c_str(), F_OK) != 0) return;
  limits.io.push_back({IoKind::kReadBytes, static_cast<std::uint32_t>(*major),
                       static_cast<std::uint32_t>(*minor),
                       kReadBytesPerSecond});
}

/// One page of each size of which there are two.
void ask_hugepages(Resources& limits, const BoxFacts& box) {
  std::error_code error;
  for (const auto& entry :
       fs::directory_iterator("/sys/kernel/mm/hugepages", error)) {
    // hugepages-2048kB
    const std::string name = entry.path().filename();
    const std::size_t dash = name.find('-');
    const auto size = number_named(
        name.substr(dash + 1, name.size() - dash - 1 - std::size("kB") + 1));
    const auto free = number_named(line_of(entry.path() / "free_hugepages"));
    if (!size || !free || *free < 2) continue;
    const std::uint64_t bytes = *size << 10;
    const std::string page = hugepage_name(bytes);
    if (!has(box, "hugetlb." + page + ".max") &&
        !has(box, "hugetlb." + page + ".limit_in_bytes")) {
      continue;
    }
    limits.hugepages.push_back({page, bytes});
  }
  std::ranges::sort(limits.hugepages, {}, &HugepageLimit::page_size);
}

}  // namespace

void ask_what_the_machine_has(Resources& limits, const BoxFacts& box) {
  limits.cpuset_cpus = all_but_the_first(box, "cpuset.cpus");
  limits.cpuset_mems = all_but_the_first(box, "cpuset.mems");
  ask_disk(limits, box);
  ask_hugepages(limits, box);
}

}  // namespace bulkhead::verify
