// No arguments: EINVAL, but only past the filter. The witness makes a thread:
// a filter that answers EPERM breaks it.

#include "probes/support/filter.h"
#include "probes/support/try.h"

namespace bulkhead::probes::seccomp_clone3_enosys {
namespace {

Observation attempt(Inside&) {
  return observe(call(SYS_clone3, 0L, 0UL), {EINVAL}, "clone3");
}

const Register kProbe{{
    .id = "seccomp/clone3-enosys",
    .claim = "clone3, whose flags no filter can see, is not let through.",
    .watches = {"seccomp"},
    .references = {"clone(2)", "moby a1ec8551ab", "moby 9f6b562dd1"},
    .remedy = "Answer clone3 with ENOSYS, so that libc falls back to clone.",
    .attempt = attempt,
    .witness = [](Inside&) { return threads_work(); },
}};

}  // namespace
}  // namespace bulkhead::probes::seccomp_clone3_enosys
