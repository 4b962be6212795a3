// Only the limit is tried: a dump would start the host's handler.
#include "probes/support/child.h"
#include "probes/support/rlimit.h"
#include "probes/support/try.h"

namespace bulkhead::probes::rlimits_core_zero {
namespace {

Observation attempt(Inside& inside) {
  const auto asked = asked_limit(inside, "core");
  if (!asked) return fact_missing("rlimit.core");
  if (asked->rlim_max != 0) return absent("the spec allows core dumps");
  return unless_callers(inside, *asked, in_child([] {
                          const rlimit some{4096, 4096};
                          return observe(called(setrlimit(RLIMIT_CORE, &some)),
                                         {}, "setrlimit core 4096");
                        }));
}

Observation witness(Inside&) {
  rlimit have{};
  return getrlimit(RLIMIT_CORE, &have) == 0
             ? works("core " + limit_text(have))
             : broken("getrlimit: " + errno_name(errno));
}

const Register kProbe{{
    .id = "rlimits/core-zero",
    .claim = "A crash cannot start the host's core dump handler.",
    .watches = {"rlimits"},
    .references = {"core(5)", "CVE-2015-1318", "OCI process.rlimits"},
    .remedy = "Set RLIMIT_CORE to 0, hard.",
    .attempt = attempt,
    .witness = witness,
    // Who starts the harness may have none: sudo(8) sees to that.
    .plant =
        [](Outside& outside) {
          return plant_hard_limit(outside, RLIMIT_CORE, 4096);
        },
    .clean = [](Outside& outside) { restore_limit(outside, RLIMIT_CORE); },
}};

}  // namespace
}  // namespace bulkhead::probes::rlimits_core_zero
