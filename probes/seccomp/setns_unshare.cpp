#include "probes/support/filter.h"
#include "probes/support/try.h"

namespace bulkhead::probes::seccomp_setns_unshare {
namespace {

Observation attempt(Inside&) {
  return observe_rows(
      {{"setns", [] { return call(SYS_setns, -1, 0); }, {EBADF}},
       // 1 is not a flag of it.
       {"unshare", [] { return call(SYS_unshare, 1); }, {EINVAL}}});
}

const Register kProbe{{
    .id = "seccomp/setns-unshare",
    .claim = "No namespace can be entered or left.",
    .watches = {"seccomp"},
    .references = {"setns(2)", "unshare(2)"},
    .remedy = "Deny setns and unshare.",
    .attempt = attempt,
    .witness = [](Inside&) { return ordinary_calls(); },
}};

}  // namespace
}  // namespace bulkhead::probes::seccomp_setns_unshare
