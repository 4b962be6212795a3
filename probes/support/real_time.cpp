#include "probes/support/real_time.h"

#include <sched.h>

#include "probes/support/child.h"
#include "probes/support/try.h"

namespace bulkhead::probes {

bool plant_real_time(Outside& outside) {
  // In a child that ends at once.
  const Observation seen = in_child([] {
    const sched_param lowest{1};
    return observe(called(sched_setscheduler(0, SCHED_FIFO, &lowest)), {},
                   "SCHED_FIFO");
  });
  outside.tell("real_time", seen.outcome == Outcome::kReached ? "yes" : "no");
  return true;
}

Observation unless_nobodys(const Inside& inside, Observation seen) {
  if (seen.outcome != Outcome::kRefused ||
      inside.planted("real_time") != "no") {
    return seen;
  }
  return absent(
      "the harness may not have real-time scheduling either: no CAP_SYS_NICE, "
      "or no share in its cgroup");
}

}  // namespace bulkhead::probes
