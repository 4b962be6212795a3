#include "runtime/spec/defaults.h"

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

std::vector<std::string> default_readonly_paths() {
  return {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
          "/proc/sysrq-trigger"};
}

}  // namespace bulkhead
