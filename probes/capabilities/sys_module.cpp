// The name of a module at a bad address: it is read only past the permission
// check.
#include "probes/support/capability.h"
#include "probes/support/filter.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::capabilities_sys_module {
namespace {

Observation attempt(Inside&) {
  Observation seen = observe(call(SYS_delete_module, kBadPointer, 0), {EFAULT},
                             "delete_module");
  // It refuses everybody then, whatever the capabilities.
  const auto disabled = slurp("/proc/sys/kernel/modules_disabled", 1);
  if (seen.error == EPERM && disabled && *disabled == "1") {
    return absent("kernel.modules_disabled is set");
  }
  return seen;
}

const Register kProbe{{
    .id = "capabilities/sys-module",
    .claim = "No kernel module can be loaded or removed.",
    .watches = {"capabilities", "userns", "seccomp"},
    .references = {"capabilities(7) CAP_SYS_MODULE", "delete_module(2)"},
    .remedy = "Drop CAP_SYS_MODULE.",
    .attempt = attempt,
    .witness = [](Inside&) { return read_capabilities(); },
}};

}  // namespace
}  // namespace bulkhead::probes::capabilities_sys_module
