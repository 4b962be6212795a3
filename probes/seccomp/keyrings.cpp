#include "probes/support/filter.h"
#include "probes/support/try.h"

namespace bulkhead::probes::seccomp_keyrings {
namespace {

constexpr int kGetId = 0, kSessionKeyring = -3;

Observation attempt(Inside&) {
  return observe_rows(
      {{"keyctl",
        [] { return call(SYS_keyctl, kGetId, kSessionKeyring, 0); },
        {ENOKEY, EACCES}},
       {"add_key",
        [] { return call(SYS_add_key, kBadPointer, 0L, 0L, 0UL, 0); },
        {EFAULT}},
       {"request_key",
        [] { return call(SYS_request_key, kBadPointer, 0L, 0L, 0); },
        {EFAULT}}});
}

const Register kProbe{{
    .id = "seccomp/keyrings",
    .claim = "The kernel's key store cannot be used.",
    .watches = {"seccomp"},
    .references = {"keyctl(2)", "CVE-2016-0728", "keyrings(7)"},
    .remedy = "Deny add_key, request_key and keyctl: keys have no namespace.",
    .attempt = attempt,
    .witness = [](Inside&) { return ordinary_calls(); },
}};

}  // namespace
}  // namespace bulkhead::probes::seccomp_keyrings
