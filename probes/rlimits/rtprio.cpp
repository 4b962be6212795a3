// A careless caller may run before all others; a child tries, and ends at once.
#include <sched.h>
#include <sys/resource.h>

#include "probes/support/child.h"
#include "probes/support/real_time.h"
#include "probes/support/rlimit.h"
#include "probes/support/try.h"

namespace bulkhead::probes::rlimits_rtprio {
namespace {

Observation attempt(Inside& inside) {
  const auto asked = asked_limit(inside, "rtprio");
  if (!asked || asked->rlim_cur != 0) {
    return fact_missing("rlimit.rtprio", "is missing or not 0");
  }
  const Observation seen = unless_nobodys(
      inside, in_child([] {
        const sched_param lowest{1};
        return observe(called(sched_setscheduler(0, SCHED_FIFO, &lowest)), {},
                       "SCHED_FIFO");
      }));
  return unless_callers(inside, *asked, seen);
}

const Register kProbe{{
    .id = "rlimits/rtprio",
    .claim = "The limit allows no process to run before all others.",
    .watches = {"rlimits"},
    .references = {"setrlimit(2) RLIMIT_RTPRIO", "sched(7)",
                   "OCI process.rlimits", "getrlimit(2)"},
    .remedy = "Set the limit before the workload starts.",
    .attempt = attempt,
    .witness =
        [](Inside&) {
          rlimit have{};
          return getrlimit(RLIMIT_RTPRIO, &have) == 0
                     ? works(limit_text(have))
                     : broken("getrlimit: " + errno_name(errno));
        },
    .plant =
        [](Outside& outside) {
          return plant_real_time(outside) &&
                 plant_limit(outside, RLIMIT_RTPRIO, 1);
        },
    .clean = [](Outside& outside) { restore_limit(outside, RLIMIT_RTPRIO); },
}};

}  // namespace
}  // namespace bulkhead::probes::rlimits_rtprio
