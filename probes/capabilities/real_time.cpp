// A child that ends at once, with no limit that would allow it.
#include "probes/support/real_time.h"

#include <sched.h>
#include <sys/resource.h>

#include "probes/support/child.h"
#include "probes/support/try.h"

namespace bulkhead::probes::capabilities_real_time {
namespace {

Observation be_first() {
  const rlimit none{0, 0};
  static_cast<void>(setrlimit(RLIMIT_RTPRIO, &none));
  const sched_param lowest{1};
  return observe(called(sched_setscheduler(0, SCHED_FIFO, &lowest)), {},
                 "SCHED_FIFO");
}

Observation attempt(Inside& inside) {
  return unless_nobodys(inside, in_child(be_first));
}

Observation witness(Inside&) {
  return in_child([] {
    const sched_param lowest{0};
    return sched_setscheduler(0, SCHED_BATCH, &lowest) == 0
               ? works("SCHED_BATCH is allowed")
               : broken("sched_setscheduler: " + errno_name(errno));
  });
}

const Register kProbe{{
    .id = "capabilities/real-time",
    .claim = "No process can run before all others.",
    .watches = {"capabilities", "userns"},
    .references = {"capabilities(7) CAP_SYS_NICE", "sched(7)"},
    .remedy = "Drop CAP_SYS_NICE and set RLIMIT_RTPRIO to 0.",
    .attempt = attempt,
    .witness = witness,
    .plant = plant_real_time,
}};

}  // namespace
}  // namespace bulkhead::probes::capabilities_real_time
