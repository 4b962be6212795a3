#include "runtime/spec/defaults.h"

#include <glob.h>
#include <unistd.h>

namespace bulkhead {

std::vector<DeviceNode> default_devices() {
  return {
      {.path = "/dev/null", .major = 1, .minor = 3},
      {.path = "/dev/zero", .major = 1, .minor = 5},
      {.path = "/dev/full", .major = 1, .minor = 7},
      {.path = "/dev/random", .major = 1, .minor = 8},
      {.path = "/dev/urandom", .major = 1, .minor = 9},
      {.path = "/dev/tty", .major = 5, .minor = 0},
  };
}

std::vector<DeviceRule> default_device_rules() {
  std::vector<DeviceRule> rules;
  for (const DeviceNode& node : default_devices()) {
    rules.push_back({true, node.type, node.major, node.minor, "rwm"});
  }
  rules.push_back({true, 'c', 5, 2, "rwm"});
  rules.push_back({true, 'c', 136, std::nullopt, "rwm"});
  return rules;
}

std::vector<std::string> default_masked_paths() {
  return {"/proc/acpi",
          "/proc/asound",
          "/proc/kcore",
          "/proc/keys",
          "/proc/latency_stats",
          "/proc/timer_list",
          "/proc/timer_stats",
          "/proc/sched_debug",
          "/proc/scsi",
          "/sys/firmware",
          "/sys/devices/virtual/powercap"};
}

std::vector<std::string> thermal_throttle_paths(const std::string& root) {
  const std::string cpus = root + "/sys/devices/system/cpu/";
  const std::string pattern = cpus + "cpu[0-9]*/thermal_throttle";
  std::vector<std::string> paths;
  // All CPUs have it or none, as long as they are online and so have a
  // topology: no need to look through them all.
  if (access((cpus + "cpu0/topology").c_str(), F_OK) == 0 &&
      access((cpus + "cpu0/thermal_throttle").c_str(), F_OK) != 0) {
    return paths;
  }
  glob_t found{};
  if (glob(pattern.c_str(), 0, nullptr, &found) == 0) {
    for (std::size_t i = 0; i < found.gl_pathc; ++i) {
      paths.emplace_back(found.gl_pathv[i] + root.size());
    }
  }
  globfree(&found);
  return paths;
}

std::vector<std::string> default_readonly_paths() {
  return {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
          "/proc/sysrq-trigger"};
}

}  // namespace bulkhead
