// Newer than most profiles; the numbers are those of every architecture. The
// witness: a number that no kernel has gives ENOSYS, so that libc falls back.

#include "probes/support/filter.h"
#include "probes/support/try.h"

namespace bulkhead::probes::seccomp_unknown_number {
namespace {

constexpr long kQuotactlFd = 443, kOpenTreeAttr = 467, kNobody = 1000;

Observation attempt(Inside&) {
  return observe_rows(
      {{"quotactl_fd",
        [] { return call(kQuotactlFd, -1, 0, 0, 0L); },
        {EBADF, EINVAL}},
       {"open_tree_attr",
        [] { return call(kOpenTreeAttr, -1, 0L, 0, 0L, 0UL); },
        {EFAULT, EBADF, EINVAL}},
       {"kcmp",
        [] { return call(SYS_kcmp, getpid(), getpid(), 0, -1L, -1L); },
        {EBADF}},
       {"pidfd_getfd",
        [] { return call(SYS_pidfd_getfd, -1, 0, 0); },
        {EBADF}}});
}

Observation witness(Inside&) {
  const Called asked = call(kNobody);
  return asked.error == ENOSYS
             ? works("an unknown number gives ENOSYS")
             : broken("an unknown number gives " + errno_name(asked.error));
}

const Register kProbe{{
    .id = "seccomp/unknown-number",
    .claim = "Calls that ordinary programs never make are not let through.",
    .watches = {"seccomp"},
    .references = {"seccomp(2)", "podman 81cd342b"},
    .remedy =
        "Use a list of what is allowed; answer unknown numbers with ENOSYS.",
    .attempt = attempt,
    .witness = witness,
}};

}  // namespace
}  // namespace bulkhead::probes::seccomp_unknown_number
