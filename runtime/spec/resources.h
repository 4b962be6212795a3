// What a container may use of the machine, by cgroup: plain data, a part of
// the Spec.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bulkhead {

/// A line of the device cgroup: what may be opened or made.
struct DeviceRule {
  bool allow = false;
  char type = 'a';                     ///< 'a' all, 'c', 'b'.
  std::optional<std::uint32_t> major;  ///< absent: all
  std::optional<std::uint32_t> minor;  ///< absent: all
  std::string access = "rwm";
  bool operator==(const DeviceRule&) const = default;
};

/// What of a block device is bounded.
enum class IoKind : std::uint8_t {
  kReadBytes,
  kWriteBytes,
  kReadOperations,
  kWriteOperations,
};
inline constexpr std::size_t kIoKinds = 4;

/// No more than `rate` of it in a second, on a whole disk.
struct IoLimit {
  IoKind kind = IoKind::kReadBytes;
  std::uint32_t major = 0;
  std::uint32_t minor = 0;
  std::uint64_t rate = 0;
  bool operator==(const IoLimit&) const = default;
};

/// Memory in huge pages of one size, which no other memory limit counts.
struct HugepageLimit {
  std::string page_size;  ///< "2MB", as limit_names.h has it
  std::uint64_t bytes = 0;
  bool operator==(const HugepageLimit&) const = default;
};

/// Cgroup limits (cgroup v2 names; translated for v1).
struct Resources {
  std::optional<std::int64_t> memory_max_bytes;
  std::optional<std::int64_t> swap_max_bytes;  ///< swap alone, as v2 counts it
  std::optional<bool> oom_group;
  std::optional<std::int64_t> pids_max;
  std::optional<std::int64_t> cpu_quota_us;
  std::optional<std::uint64_t> cpu_period_us;
  std::optional<std::uint64_t> cpu_weight;  ///< 1..10000, v2 scale
  std::string cpuset_cpus;  ///< "0-3,5", as cpu_list.h has it; empty: any
  std::string cpuset_mems;  ///< memory nodes, the same
  std::vector<IoLimit> io;
  std::vector<HugepageLimit> hugepages;
  std::vector<DeviceRule> devices;  ///< empty: no device program
  bool operator==(const Resources&) const = default;

  [[nodiscard]] bool any_limit() const {
    return memory_max_bytes || swap_max_bytes || oom_group || pids_max ||
           cpu_quota_us || cpu_period_us || cpu_weight ||
           !cpuset_cpus.empty() || !cpuset_mems.empty() || !io.empty() ||
           !hugepages.empty();
  }
};

}  // namespace bulkhead
