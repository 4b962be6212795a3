// A capability survives exec of an ordinary program only as an ambient one.
#include <sys/prctl.h>

#include "probes/support/capability.h"
#include "probes/support/child.h"
#include "probes/support/try.h"

namespace bulkhead::probes::capabilities_ambient_empty {
namespace {

Observation raise_one() {
  const auto own = capability_sets();
  if (!own) return broken("capget: " + errno_name(errno));
  CapabilitySets sets = *own;
  sets.inheritable |= sets.permitted;
  const int error = set_capabilities(sets);
  if (error != 0) return refused(error, "capset: " + errno_name(error));
  // CAP_CHOWN where nothing is permitted: the kernel must say no.
  int which = 0;
  while (sets.permitted != 0 && (sets.permitted >> which & 1) == 0) ++which;
  return observe(
      called(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, which, 0, 0)), {},
      "raise ambient capability " + std::to_string(which));
}

Observation attempt(Inside&) {
  const std::uint64_t held = ambient_set();
  if (held != 0) return reached("ambient set is " + hex(held));
  return in_child(raise_one);
}

const Register kProbe{{
    .id = "capabilities/ambient-empty",
    .claim = "No capability is ambient or can be made so.",
    .watches = {"capabilities"},
    .references = {"capabilities(7)", "Linux 4.3",
                   "OCI process.capabilities.ambient"},
    .remedy = "Clear the ambient set and lock SECBIT_NO_CAP_AMBIENT_RAISE.",
    .attempt = attempt,
    .witness = [](Inside&) { return read_capabilities(); },
}};

}  // namespace
}  // namespace bulkhead::probes::capabilities_ambient_empty
