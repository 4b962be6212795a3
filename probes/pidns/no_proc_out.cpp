// What /proc would show of a process outside: its root, its working directory,
// its program, its environment, its memory, its namespaces. Opened, not read.
// The canary has no capabilities and may be traced by all of its own ids.
#include <fcntl.h>

#include <array>

#include "probes/support/canary.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::pidns_no_proc_out {
namespace {

constexpr std::array kEntries = {"root/.", "cwd/.", "exe",    "environ",
                                 "maps",   "mem",   "ns/net", "fd/0"};

Observation attempt(Inside& inside) {
  const std::string pid = inside.planted("pid");
  if (pid.empty()) return broken("no planted pid");
  Tally tally;
  for (const char* entry : kEntries) {
    const std::string path = "/proc/" + pid + "/" + entry;
    const Called opened =
        called(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (opened.ok()) close(static_cast<int>(opened.value));
    tally.add(entry, observe(opened, {}, "open " + path));
  }
  return tally.result();
}

Observation witness(Inside&) {
  return slurp("/proc/self/environ", 1)
             ? works("own environment can be read")
             : broken("/proc/self/environ: " + errno_name(errno));
}

const Register kProbe{{
    .id = "pidns/no-proc-out",
    .claim = "/proc leads to nothing of a process outside.",
    .watches = {"pidns", "userns", "landlock"},
    .references = {"proc_pid(5)", "CVE-2016-9962", "CVE-2019-5736",
                   "CVE-2024-21626"},
    .remedy = "Ask for a new pid namespace and mount a new proc in it.",
    .attempt = attempt,
    .witness = witness,
    .plant = [](Outside& outside) { return start_canary(outside); },
    .clean = stop_canary,
}};

}  // namespace
}  // namespace bulkhead::probes::pidns_no_proc_out
