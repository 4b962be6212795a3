// A counter that counts nothing, of all processes on the first CPU.
#include <linux/perf_event.h>

#include "probes/support/capability.h"
#include "probes/support/try.h"

namespace bulkhead::probes::capabilities_perfmon {
namespace {

Observation attempt(Inside&) {
  perf_event_attr counter{};
  counter.type = PERF_TYPE_SOFTWARE;
  counter.size = sizeof counter;
  counter.config = PERF_COUNT_SW_DUMMY;
  counter.disabled = 1;
  const Called made = call(SYS_perf_event_open, &counter, -1, 0, -1,
                           static_cast<unsigned long>(PERF_FLAG_FD_CLOEXEC));
  if (made.ok()) close(static_cast<int>(made.value));
  return observe(made, {}, "perf_event_open");
}

const Register kProbe{{
    .id = "capabilities/perfmon",
    .claim = "Neither the kernel nor other processes can be measured.",
    .watches = {"capabilities", "userns", "seccomp"},
    .references = {"capabilities(7) CAP_PERFMON", "perf_event_open(2)",
                   "Linux 5.8"},
    .remedy = "Drop CAP_PERFMON and deny perf_event_open.",
    .attempt = attempt,
    .witness = [](Inside&) { return read_capabilities(); },
}};

}  // namespace
}  // namespace bulkhead::probes::capabilities_perfmon
