// Counters that tell what others are doing: interrupts, energy, heat.
#include <glob.h>

#include <array>

#include "probes/support/kernel_file.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::rootfs_side_channels {
namespace {

constexpr std::array kPatterns = {
    "/proc/interrupts", "/sys/class/powercap/*/energy_uj",
    "/sys/devices/virtual/powercap/*/*/energy_uj",
    "/sys/devices/system/cpu/cpu*/thermal_throttle/*_count"};

std::vector<std::string> matches(const char* pattern) {
  std::vector<std::string> paths;
  glob_t found{};
  if (glob(pattern, GLOB_NOSORT, nullptr, &found) == 0) {
    paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  }
  globfree(&found);
  return paths;
}

Observation read_one(const std::string& path) {
  const auto content = slurp(path, 1);
  if (!content) return refused(errno);
  return content->empty() ? refused(0, "empty") : reached("readable");
}

Observation attempt(Inside&) {
  Tally tally;
  for (const char* pattern : kPatterns) {
    const auto paths = matches(pattern);
    tally.add(pattern, paths.empty() ? absent(pattern) : read_one(paths[0]));
  }
  return tally.result();
}

const Register kProbe{{
    .id = "rootfs/side-channels",
    .claim = "Counters of interrupts, energy and heat are not shown.",
    .watches = {"rootfs"},
    .references = {"CVE-2020-8694", "GHSA-6fw5-f8r9-fgfm",
                   "GHSA-jq35-85cj-fj4p", "OCI linux.maskedPaths"},
    .remedy = "Mask /proc/interrupts, powercap and thermal_throttle.",
    .attempt = attempt,
    .witness = [](Inside&) { return read_proc_version(); },
}};

}  // namespace
}  // namespace bulkhead::probes::rootfs_side_channels
