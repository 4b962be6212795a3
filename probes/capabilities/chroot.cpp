// To where the root is already: harmless, and in a child.

#include "probes/support/capability.h"
#include "probes/support/child.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::capabilities_chroot {
namespace {

Observation attempt(Inside&) {
  return in_child(
      [] { return observe(call(SYS_chroot, "/"), {}, "chroot /"); });
}

const Register kProbe{{
    .id = "capabilities/chroot",
    .claim = "The root directory cannot be changed.",
    .watches = {"capabilities", "seccomp"},
    .references = {"chroot(2)", "capabilities(7) CAP_SYS_CHROOT"},
    .remedy = "Drop CAP_SYS_CHROOT.",
    .attempt = attempt,
    .witness = [](Inside&) { return read_capabilities(); },
}};

}  // namespace
}  // namespace bulkhead::probes::capabilities_chroot
