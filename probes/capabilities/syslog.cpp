// A console level of zero is refused with EINVAL, but only past the permission
// check.

#include "probes/support/capability.h"
#include "probes/support/child.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::capabilities_syslog {
namespace {

constexpr int kSetConsoleLevel = 8;

Observation attempt(Inside&) {
  return observe(call(SYS_syslog, kSetConsoleLevel, 0L, 0), {EINVAL}, "syslog");
}

const Register kProbe{{
    .id = "capabilities/syslog",
    .claim = "The kernel log can neither be read nor configured.",
    .watches = {"capabilities", "userns", "seccomp"},
    .references = {"syslog(2)", "capabilities(7) CAP_SYSLOG"},
    .remedy = "Drop CAP_SYSLOG.",
    .attempt = attempt,
    .witness = [](Inside&) { return read_capabilities(); },
}};

}  // namespace
}  // namespace bulkhead::probes::capabilities_syslog
