// Debian kernels ask for a capability before the arguments.

#include "probes/support/filter.h"
#include "probes/support/try.h"

namespace bulkhead::probes::seccomp_perf_event {
namespace {

Observation attempt(Inside&) {
  return observe(call(SYS_perf_event_open, kBadPointer, 0, -1, -1, 0UL),
                 {EFAULT}, "perf_event_open");
}

const Register kProbe{{
    .id = "seccomp/perf-event",
    .claim = "The performance monitor is not let through.",
    .watches = {"seccomp", "capabilities", "userns"},
    .references = {"perf_event_open(2)", "CVE-2023-5717"},
    .remedy = "Deny perf_event_open.",
    .attempt = attempt,
    .witness = [](Inside&) { return ordinary_calls(); },
}};

}  // namespace
}  // namespace bulkhead::probes::seccomp_perf_event
