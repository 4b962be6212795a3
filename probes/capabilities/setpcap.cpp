// Out of the bounding set of a child: dropping takes CAP_SETPCAP as well.
#include <linux/capability.h>
#include <sys/prctl.h>

#include "probes/support/capability.h"
#include "probes/support/child.h"
#include "probes/support/try.h"

namespace bulkhead::probes::capabilities_setpcap {
namespace {

Observation attempt(Inside&) {
  return in_child([] {
    return observe(called(prctl(PR_CAPBSET_DROP, CAP_CHOWN, 0, 0, 0)), {},
                   "PR_CAPBSET_DROP");
  });
}

const Register kProbe{{
    .id = "capabilities/setpcap",
    .claim = "The bounding set cannot be changed.",
    .watches = {"capabilities"},
    .references = {"capabilities(7) CAP_SETPCAP", "PR_CAPBSET_DROP(2const)"},
    .remedy = "Drop CAP_SETPCAP.",
    .attempt = attempt,
    .witness = [](Inside&) { return read_capabilities(); },
}};

}  // namespace
}  // namespace bulkhead::probes::capabilities_setpcap
