// May one process ask whether it shares memory with another?
#include "probes/support/filter.h"
#include "probes/support/try.h"

namespace bulkhead::probes::seccomp_kcmp {
namespace {

Observation attempt(Inside&) {
  constexpr int kCompareMemory = 1;  // KCMP_VM
  return observe(call(SYS_kcmp, getpid(), getpid(), kCompareMemory, 0L, 0L), {},
                 "kcmp of itself");
}

const Register kProbe{{
    .id = "seccomp/kcmp",
    .claim = "Kernel objects of two processes cannot be compared.",
    .watches = {"seccomp"},
    .references = {"kcmp(2)"},
    .remedy = "Deny kcmp.",
    .attempt = attempt,
    .witness = [](Inside&) { return ordinary_calls(); },
}};

}  // namespace
}  // namespace bulkhead::probes::seccomp_kcmp
