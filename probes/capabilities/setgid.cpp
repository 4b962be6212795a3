// To another group of the container, in a child.
#include "probes/support/capability.h"
#include "probes/support/child.h"
#include "probes/support/try.h"

namespace bulkhead::probes::capabilities_setgid {
namespace {

constexpr unsigned kOther = 12345;

Observation attempt(Inside&) {
  return in_child([] {
    return observe(call(SYS_setresgid, kOther, kOther, kOther), {},
                   "setresgid");
  });
}

const Register kProbe{{
    .id = "capabilities/setgid",
    .claim = "No other group can be become.",
    .watches = {"capabilities"},
    .references = {"setresgid(2)", "capabilities(7) CAP_SETGID"},
    .remedy = "Drop CAP_SETGID.",
    .attempt = attempt,
    .witness = [](Inside&) { return read_capabilities(); },
}};

}  // namespace
}  // namespace bulkhead::probes::capabilities_setgid
