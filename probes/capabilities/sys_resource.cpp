// A limit that means nothing any more, lowered by the child itself and raised
// again.
#include <linux/capability.h>
#include <sys/resource.h>

#include "probes/support/capability.h"
#include "probes/support/child.h"
#include "probes/support/try.h"

namespace bulkhead::probes::capabilities_sys_resource {
namespace {

Observation raise_hard_limit() {
  const rlimit low{1, 1};
  const rlimit high{2, 2};
  if (setrlimit(RLIMIT_LOCKS, &low) != 0) {
    return broken("setrlimit: " + errno_name(errno));
  }
  return observe(called(setrlimit(RLIMIT_LOCKS, &high)), {},
                 "setrlimit above the hard limit");
}

Observation attempt(Inside& inside) {
  return unless_lacking(inside, in_child(raise_hard_limit));
}

const Register kProbe{{
    .id = "capabilities/sys-resource",
    .claim = "Hard limits hold for root as well.",
    .watches = {"capabilities", "userns"},
    .references = {"capabilities(7) CAP_SYS_RESOURCE", "setrlimit(2)"},
    .remedy = "Drop CAP_SYS_RESOURCE.",
    .attempt = attempt,
    .witness = [](Inside&) { return read_capabilities(); },
    .plant =
        [](Outside& outside) { return plant_held(outside, CAP_SYS_RESOURCE); },
}};

}  // namespace
}  // namespace bulkhead::probes::capabilities_sys_resource
