// Two more places that tell when the host booted: /proc/uptime and sysinfo(2).
#include <sys/sysinfo.h>

#include "probes/support/clock.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::timens_uptime {
namespace {

constexpr const char* kOffset = "timens.boottime";

// Whole seconds of /proc/uptime, or -1.
long proc_uptime() {
  const std::string text = slurp("/proc/uptime", 64).value_or("");
  const auto seconds = number(text.substr(0, text.find('.')));
  return seconds ? static_cast<long>(*seconds) : -1;
}

Observation attempt(Inside& inside) {
  struct sysinfo system {};
  if (sysinfo(&system) != 0) return broken("sysinfo: " + errno_name(errno));
  Tally tally;
  if (proc_uptime() >= 0) {
    tally.add("/proc/uptime", compare_seconds(inside, proc_uptime(), kOffset));
  }
  tally.add("sysinfo", compare_seconds(inside, system.uptime, kOffset));
  return tally.result();
}

Observation witness(Inside&) {
  struct sysinfo system {};
  return sysinfo(&system) == 0 && system.uptime > 0
             ? works("sysinfo tells a time")
             : broken("sysinfo tells no time");
}

const Register kProbe{{
    .id = "timens/uptime",
    .claim = "No other file or call shows the time since the host booted.",
    .watches = {"timens"},
    .references = {"proc_uptime(5)", "sysinfo(2)", "time_namespaces(7)",
                   "Linux 5.6"},
    .remedy = "Ask for a new time namespace with an offset of CLOCK_BOOTTIME.",
    .attempt = attempt,
    .witness = witness,
    .plant =
        [](Outside& outside) { return plant_clock(outside, CLOCK_BOOTTIME); },
}};

}  // namespace
}  // namespace bulkhead::probes::timens_uptime
