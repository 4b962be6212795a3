// A kernel without x32 answers ENOSYS.

#include "probes/support/filter.h"
#include "probes/support/try.h"

namespace bulkhead::probes::seccomp_x32 {
namespace {

constexpr long kX32 = 0x40000000;

Observation attempt(Inside&) {
  return observe_rows(
      {{"x32 getppid", [] { return call(kX32 | SYS_getppid); }, {}},
       {"x32 unshare", [] { return call(kX32 | SYS_unshare, 1L); }, {EINVAL}},
       {"x32 bpf",
        [] { return call(kX32 | SYS_bpf, 0L, kBadPointer, 32L); },
        {EFAULT}}});
}

const Register kProbe{{
    .id = "seccomp/x32",
    .claim = "The x32 entry leads to no call that is denied.",
    .watches = {"seccomp"},
    .references = {"seccomp(2)", "syscall(2)"},
    .remedy = "Deny numbers with the x32 bit.",
    .attempt = attempt,
    .witness = [](Inside&) { return ordinary_calls(); },
}};

}  // namespace
}  // namespace bulkhead::probes::seccomp_x32
