// Dropping a group can open what was forbidden to it. In a child.

#include "probes/support/capability.h"
#include "probes/support/child.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::capabilities_setgroups {
namespace {

Observation attempt(Inside&) {
  return in_child([] {
    return observe(call(SYS_setgroups, 0UL, 0L), {}, "setgroups to none");
  });
}

const Register kProbe{{
    .id = "capabilities/setgroups",
    .claim = "Groups cannot be dropped or taken.",
    .watches = {"capabilities"},
    .references = {"setgroups(2)", "CVE-2014-8989", "CVE-2018-7169"},
    .remedy = "Drop CAP_SETGID.",
    .attempt = attempt,
    .witness = [](Inside&) { return read_capabilities(); },
}};

}  // namespace
}  // namespace bulkhead::probes::capabilities_setgroups
