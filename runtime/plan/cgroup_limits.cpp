#include "runtime/plan/cgroup_limits.h"

#include <array>
#include <map>
#include <string>

#include "runtime/spec/limit_names.h"

namespace bulkhead {
namespace {

/// cgroup v1 cpu.shares for a v2 weight (1..10000 onto 2..262144).
std::uint64_t shares_of(std::uint64_t weight) {
  return 2 + (weight - 1) * 262142 / 9999;
}

std::string rounded_to_pages(std::int64_t bytes) {
  constexpr std::int64_t kPage = 4096;
  return std::to_string(bytes / kPage * kPage);
}

/// Keys of a device are written one by one; the whole file is compared once all
/// are there.
void compare_last(std::vector<CgroupWrite>& writes, const std::string& whole) {
  if (!whole.empty()) writes.back().expected = whole;
}

std::string disk_of(const IoLimit& limit) {
  return std::to_string(limit.major) + ":" + std::to_string(limit.minor);
}

void add_io_v2(const Resources& resources, std::vector<CgroupWrite>& writes) {
  std::map<std::string, std::array<std::string, kIoKinds>> disks;
  for (const IoLimit& limit : resources.io) {
    const auto kind = static_cast<std::size_t>(limit.kind);
    disks[disk_of(limit)][kind] = std::to_string(limit.rate);
  }
  std::string whole;
  for (const auto& [disk, rates] : disks) {
    std::string line = disk;
    for (std::size_t i = 0; i < kIoKinds; ++i) {
      line += " " + std::string(kIoKeys[i]) + "=" +
              (rates[i].empty() ? "max" : rates[i]);
    }
    whole += line + "\n";
    writes.push_back({"io", "io.max", line, "", "cgroup.io.max"});
  }
  compare_last(writes, whole);
}

void add_io_v1(const Resources& resources, std::vector<CgroupWrite>& writes) {
  for (std::size_t i = 0; i < kIoKinds; ++i) {
    std::string whole;
    for (const IoLimit& limit : resources.io) {
      if (static_cast<std::size_t>(limit.kind) != i) continue;
      const std::string line =
          disk_of(limit) + " " + std::to_string(limit.rate);
      whole += line + "\n";
      writes.push_back(
          {"blkio", "blkio.throttle." + std::string(kIoFiles[i]) + "_device",
           line, "", "cgroup.io.max"});
    }
    compare_last(writes, whole);
  }
}

/// What is reserved by mmap(2), and what is there by a page fault: without the
/// first, the second ends in SIGBUS (5.7).
void add_hugepages(const Resources& resources, const std::string& file,
                   std::vector<CgroupWrite>& writes) {
  for (const HugepageLimit& limit : resources.hugepages) {
    const std::uint64_t page = hugepage_bytes(limit.page_size).value_or(1);
    const std::string bytes = std::to_string(limit.bytes / page * page);
    for (const char* part : {".", ".rsvd."}) {
      writes.push_back({"hugetlb", "hugetlb." + limit.page_size + part + file,
                        bytes, bytes, "cgroup.hugetlb"});
    }
  }
}

}  // namespace

std::vector<CgroupWrite> v2_writes(const Resources& resources) {
  std::vector<CgroupWrite> writes;
  const auto add = [&](const char* controller, const std::string& file,
                       const std::string& value,
                       const std::string& expected = {}) {
    writes.push_back({controller, file, value,
                      expected.empty() ? value : expected, "cgroup." + file});
  };
  if (resources.memory_max_bytes) {
    add("memory", "memory.max", std::to_string(*resources.memory_max_bytes),
        rounded_to_pages(*resources.memory_max_bytes));
  }
  if (resources.swap_max_bytes) {
    add("memory", "memory.swap.max",
        rounded_to_pages(*resources.swap_max_bytes));
  }
  if (resources.oom_group) {
    add("memory", "memory.oom.group", *resources.oom_group ? "1" : "0");
  }
  if (resources.pids_max) {
    add("pids", "pids.max", std::to_string(*resources.pids_max));
  }
  if (resources.cpu_quota_us || resources.cpu_period_us) {
    const std::string quota = resources.cpu_quota_us
                                  ? std::to_string(*resources.cpu_quota_us)
                                  : "max";
    add("cpu", "cpu.max",
        quota + " " + std::to_string(resources.cpu_period_us.value_or(100000)));
  }
  if (resources.cpu_weight) {
    add("cpu", "cpu.weight", std::to_string(*resources.cpu_weight));
  }
  const auto add_set = [&](const std::string& file, const std::string& list) {
    if (list.empty()) return;
    add("cpuset", file, list);
    // The kernel takes any number; what is not there, or not the parent's, it
    // leaves out, and if nothing remains it gives all that the parent has.
    writes.push_back(
        {"cpuset", file + ".effective", "", list, "cgroup." + file});
  };
  add_set("cpuset.cpus", resources.cpuset_cpus);
  add_set("cpuset.mems", resources.cpuset_mems);
  add_io_v2(resources, writes);
  add_hugepages(resources, "max", writes);
  return writes;
}

std::vector<CgroupWrite> v1_writes(const Resources& resources) {
  std::vector<CgroupWrite> writes;
  const auto add = [&](const char* controller, const char* file,
                       const std::string& value, const char* feature) {
    writes.push_back({controller, file, value, value, feature});
  };
  if (resources.memory_max_bytes) {
    const std::string bytes = rounded_to_pages(*resources.memory_max_bytes);
    add("memory", "memory.limit_in_bytes", bytes, "cgroup.memory.max");
    if (resources.swap_max_bytes) {
      add("memory", "memory.memsw.limit_in_bytes",
          rounded_to_pages(*resources.memory_max_bytes +
                           *resources.swap_max_bytes),
          "cgroup.memory.swap.max");
    }
  }
  if (resources.pids_max) {
    add("pids", "pids.max", std::to_string(*resources.pids_max),
        "cgroup.pids.max");
  }
  if (resources.cpu_period_us) {
    add("cpu", "cpu.cfs_period_us", std::to_string(*resources.cpu_period_us),
        "cgroup.cpu.max");
  }
  if (resources.cpu_quota_us) {
    add("cpu", "cpu.cfs_quota_us", std::to_string(*resources.cpu_quota_us),
        "cgroup.cpu.max");
  }
  if (resources.cpu_weight) {
    add("cpu", "cpu.shares", std::to_string(shares_of(*resources.cpu_weight)),
        "cgroup.cpu.weight");
  }
  if (!resources.cpuset_cpus.empty()) {
    add("cpuset", "cpuset.cpus", resources.cpuset_cpus, "cgroup.cpuset.cpus");
  }
  if (!resources.cpuset_mems.empty()) {
    add("cpuset", "cpuset.mems", resources.cpuset_mems, "cgroup.cpuset.mems");
  }
  add_io_v1(resources, writes);
  add_hugepages(resources, "limit_in_bytes", writes);
  return writes;
}

}  // namespace bulkhead
