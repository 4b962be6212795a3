// A tick of zero is refused with EINVAL, but only past the permission check:
// no clock is ever set.
#include <sys/timex.h>

#include "probes/support/capability.h"
#include "probes/support/child.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::capabilities_sys_time {
namespace {

Observation attempt(Inside&) {
  timex request{};
  request.modes = ADJ_TICK;
  request.tick = 0;
  return observe(call(SYS_adjtimex, &request), {EINVAL}, "adjtimex");
}

const Register kProbe{{
    .id = "capabilities/sys-time",
    .claim = "The clock of the machine cannot be set.",
    .watches = {"capabilities", "userns", "seccomp"},
    .references = {"adjtimex(2)", "capabilities(7) CAP_SYS_TIME"},
    .remedy = "Drop CAP_SYS_TIME.",
    .attempt = attempt,
    .witness = [](Inside&) { return read_capabilities(); },
}};

}  // namespace
}  // namespace bulkhead::probes::capabilities_sys_time
