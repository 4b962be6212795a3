// For user-mode faults only: needs no privilege since 5.11.

#include "probes/support/filter.h"
#include "probes/support/try.h"

namespace bulkhead::probes::seccomp_userfaultfd {
namespace {

constexpr int kUserModeOnly = 1;

Observation attempt(Inside&) {
  const Called made = call(SYS_userfaultfd, kUserModeOnly);
  if (made.ok()) close(static_cast<int>(made.value));
  return observe(made, {EINVAL}, "userfaultfd");
}

const Register kProbe{{
    .id = "seccomp/userfaultfd",
    .claim = "userfaultfd, a help to exploits of races in the kernel, is not "
             "let through.",
    .watches = {"seccomp"},
    .references = {"userfaultfd(2)", "Linux 5.11"},
    .remedy = "Deny userfaultfd.",
    .attempt = attempt,
    .witness = [](Inside&) { return ordinary_calls(); },
}};

}  // namespace
}  // namespace bulkhead::probes::seccomp_userfaultfd
