// To another user of the container, in a child.

#include "probes/support/capability.h"
#include "probes/support/child.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::capabilities_setuid {
namespace {

constexpr unsigned kOther = 12345;

Observation attempt(Inside&) {
  return in_child([] {
    return observe(call(SYS_setresuid, kOther, kOther, kOther), {},
                   "setresuid");
  });
}

const Register kProbe{{
    .id = "capabilities/setuid",
    .claim = "No other user can be become.",
    .watches = {"capabilities"},
    .references = {"setresuid(2)", "capabilities(7) CAP_SETUID"},
    .remedy = "Drop CAP_SETUID.",
    .attempt = attempt,
    .witness = [](Inside&) { return read_capabilities(); },
}};

}  // namespace
}  // namespace bulkhead::probes::capabilities_setuid
