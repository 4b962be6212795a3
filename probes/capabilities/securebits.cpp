// One more bit for a child that ends at once.
#include <linux/securebits.h>
#include <sys/prctl.h>

#include "probes/support/capability.h"
#include "probes/support/child.h"
#include "probes/support/try.h"

namespace bulkhead::probes::capabilities_securebits {
namespace {

Observation attempt(Inside&) {
  return in_child([] {
    const Called have = called(prctl(PR_GET_SECUREBITS, 0, 0, 0, 0));
    if (!have.ok()) return broken("prctl: " + errno_name(have.error));
    return observe(called(prctl(PR_SET_SECUREBITS,
                                have.value | SECBIT_NO_SETUID_FIXUP, 0, 0, 0)),
                   {}, "PR_SET_SECUREBITS");
  });
}

const Register kProbe{{
    .id = "capabilities/securebits",
    .claim = "The rules by which root gets capabilities cannot be changed.",
    .watches = {"capabilities"},
    .references = {"PR_SET_SECUREBITS(2const)",
                   "capabilities(7) The securebits flags"},
    .remedy = "Drop CAP_SETPCAP, or lock the securebits.",
    .attempt = attempt,
    .witness = [](Inside&) { return read_capabilities(); },
}};

}  // namespace
}  // namespace bulkhead::probes::capabilities_securebits
