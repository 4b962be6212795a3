// Questions only.
#include "probes/support/filter.h"
#include "probes/support/ordinary.h"
#include "probes/support/try.h"

namespace bulkhead::probes::seccomp_obsolete_calls {
namespace {

Observation attempt(Inside&) {
#ifdef SYS_sysfs
  return observe_rows(
      {{"sysfs", [] { return call(SYS_sysfs, 3, 0UL, 0UL); }, {}},
       {"ustat",
        [] { return call(SYS_ustat, 0xffffU, kBadPointer); },
        {EINVAL, EFAULT}},
       {"uselib", [] { return call(SYS_uselib, kBadPointer); }, {EFAULT}}});
#else
  return absent("this architecture has none of the old calls");
#endif
}

const Register kProbe{{
    .id = "seccomp/obsolete-calls",
    .claim = "Calls that no program needs any more are not let through.",
    .watches = {"seccomp"},
    .references = {"sysfs(2)", "ustat(2)", "uselib(2)"},
    .remedy = "Deny what no program needs.",
    .attempt = attempt,
    .witness = [](Inside&) { return files_work(); },
}};

}  // namespace
}  // namespace bulkhead::probes::seccomp_obsolete_calls
