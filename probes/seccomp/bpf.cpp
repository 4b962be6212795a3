// Attributes at a bad address. Before 5.12 the capability is asked for first.

#include "probes/support/filter.h"
#include "probes/support/try.h"

namespace bulkhead::probes::seccomp_bpf {
namespace {

Observation attempt(Inside&) {
  return observe_rows(
      {{"bpf map", [] { return call(SYS_bpf, 0, kBadPointer, 32); }, {EFAULT}},
       {"bpf program",
        [] { return call(SYS_bpf, 5, kBadPointer, 32); },
        {EFAULT}}});
}

const Register kProbe{{
    .id = "seccomp/bpf",
    .claim = "No program can be given to the kernel.",
    .watches = {"seccomp", "capabilities", "userns"},
    .references = {"bpf(2)", "CVE-2021-31440", "CVE-2021-3490"},
    .remedy = "Deny bpf.",
    .attempt = attempt,
    .witness = [](Inside&) { return ordinary_calls(); },
}};

}  // namespace
}  // namespace bulkhead::probes::seccomp_bpf
