// The name of a file at a bad address: it is read only past the permission
// check.
#include "probes/support/capability.h"
#include "probes/support/filter.h"
#include "probes/support/try.h"

namespace bulkhead::probes::capabilities_sys_pacct {
namespace {

Observation attempt(Inside&) {
  return observe(call(SYS_acct, kBadPointer), {EFAULT}, "acct");
}

const Register kProbe{{
    .id = "capabilities/sys-pacct",
    .claim = "Process accounting cannot be configured.",
    .watches = {"capabilities", "userns", "seccomp"},
    .references = {"capabilities(7) CAP_SYS_PACCT", "acct(2)"},
    .remedy = "Drop CAP_SYS_PACCT.",
    .attempt = attempt,
    .witness = [](Inside&) { return read_capabilities(); },
}};

}  // namespace
}  // namespace bulkhead::probes::capabilities_sys_pacct
