// Without the magic numbers nothing happens but the permission check. The pid
// namespace's owner decides.
#include "probes/support/capability.h"
#include "probes/support/try.h"

namespace bulkhead::probes::capabilities_sys_boot {
namespace {

Observation attempt(Inside&) {
  return observe(call(SYS_reboot, 0, 0, 0, 0L), {EINVAL}, "reboot");
}

const Register kProbe{{
    .id = "capabilities/sys-boot",
    .claim = "reboot is not to be had.",
    .watches = {"capabilities", "seccomp"},
    .references = {"capabilities(7) CAP_SYS_BOOT", "reboot(2)"},
    .remedy = "Drop CAP_SYS_BOOT.",
    .attempt = attempt,
    .witness = [](Inside&) { return read_capabilities(); },
}};

}  // namespace
}  // namespace bulkhead::probes::capabilities_sys_boot
