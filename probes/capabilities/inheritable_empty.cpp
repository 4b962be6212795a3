// An inheritable capability comes alive when a file with inheritable
// capabilities is run: CVE-2022-24769 in one word.
#include "probes/support/capability.h"
#include "probes/support/child.h"
#include "probes/support/try.h"

namespace bulkhead::probes::capabilities_inheritable_empty {
namespace {

Observation make_inheritable() {
  const auto own = capability_sets();
  if (!own) return broken("capget: " + errno_name(errno));
  CapabilitySets sets = *own;
  // CAP_CHOWN where nothing is permitted: the kernel must say no.
  sets.inheritable |= sets.permitted != 0 ? sets.permitted : 1;
  const int error = set_capabilities(sets);
  return error == 0 ? reached("made inheritable: " + hex(sets.inheritable))
                    : refused(error, "capset: " + errno_name(error));
}

Observation attempt(Inside&) {
  const auto own = capability_sets();
  if (!own) return broken("capget: " + errno_name(errno));
  if (own->inheritable != 0) {
    return reached("inheritable set is " + hex(own->inheritable));
  }
  return in_child(make_inheritable);
}

const Register kProbe{{
    .id = "capabilities/inheritable-empty",
    .claim = "No capability is inheritable or can be made so.",
    .watches = {"capabilities"},
    .references = {"CVE-2022-24769", "CVE-2022-27649", "CVE-2022-29162",
                   "capabilities(7)"},
    .remedy = "Clear the inheritable set.",
    .attempt = attempt,
    .witness = [](Inside&) { return read_capabilities(); },
}};

}  // namespace
}  // namespace bulkhead::probes::capabilities_inheritable_empty
