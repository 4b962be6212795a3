// The port that a delay loop writes to; never written, and in a child.

#include "probes/support/capability.h"
#include "probes/support/child.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::capabilities_raw_io {
namespace {

constexpr unsigned long kDelayPort = 0x80;

Observation attempt(Inside&) {
  return in_child([] {
    return observe(call(SYS_ioperm, kDelayPort, 1UL, 1), {}, "ioperm");
  });
}

const Register kProbe{{
    .id = "capabilities/raw-io",
    .claim = "Hardware ports cannot be used.",
    .watches = {"capabilities", "userns", "seccomp"},
    .references = {"ioperm(2)", "capabilities(7) CAP_SYS_RAWIO"},
    .remedy = "Drop CAP_SYS_RAWIO.",
    .attempt = attempt,
    .witness = [](Inside&) { return read_capabilities(); },
}};

}  // namespace
}  // namespace bulkhead::probes::capabilities_raw_io
