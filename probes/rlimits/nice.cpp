// A careless caller may prefer itself; a child tries, and ends at once.
#include <sys/resource.h>

#include "probes/support/child.h"
#include "probes/support/rlimit.h"
#include "probes/support/try.h"

namespace bulkhead::probes::rlimits_nice {
namespace {

Observation attempt(Inside& inside) {
  const auto asked = asked_limit(inside, "nice");
  if (!asked || asked->rlim_cur != 0) {
    return fact_missing("rlimit.nice", "is missing or not 0");
  }
  return unless_callers(inside, *asked, in_child([] {
                          // It may be below 0 already; one lower still is what
                          // the limit denies.
                          const int lower = getpriority(PRIO_PROCESS, 0) - 1;
                          return observe(
                              called(setpriority(PRIO_PROCESS, 0, lower)), {},
                              "setpriority " + std::to_string(lower));
                        }));
}

const Register kProbe{{
    .id = "rlimits/nice",
    .claim = "The limit allows no process to prefer itself.",
    .watches = {"rlimits"},
    .references = {"setrlimit(2) RLIMIT_NICE", "OCI process.rlimits",
                   "getrlimit(2)"},
    .remedy = "Set the limit before the workload starts.",
    .attempt = attempt,
    .witness =
        [](Inside&) {
          rlimit have{};
          return getrlimit(RLIMIT_NICE, &have) == 0
                     ? works(limit_text(have))
                     : broken("getrlimit: " + errno_name(errno));
        },
    .plant =
        [](Outside& outside) { return plant_limit(outside, RLIMIT_NICE, 21); },
    .clean = [](Outside& outside) { restore_limit(outside, RLIMIT_NICE); },
}};

}  // namespace
}  // namespace bulkhead::probes::rlimits_nice
