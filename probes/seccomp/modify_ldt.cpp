// To read none of it: harmless, and enough to show that the call is there.
#include "probes/support/filter.h"
#include "probes/support/try.h"

namespace bulkhead::probes::seccomp_modify_ldt {
namespace {

Observation attempt(Inside&) {
#ifdef SYS_modify_ldt
  return observe(call(SYS_modify_ldt, 0, 0L, 0UL), {}, "modify_ldt");
#else
  return absent("this architecture has no modify_ldt");
#endif
}

const Register kProbe{{
    .id = "seccomp/modify-ldt",
    .claim = "The descriptor table of 16-bit programs cannot be changed.",
    .watches = {"seccomp"},
    .references = {"modify_ldt(2)", "CVE-2015-5157"},
    .remedy = "Deny modify_ldt.",
    .attempt = attempt,
    .witness = [](Inside&) { return ordinary_calls(); },
}};

}  // namespace
}  // namespace bulkhead::probes::seccomp_modify_ldt
