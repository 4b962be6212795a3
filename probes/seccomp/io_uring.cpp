#include "probes/support/filter.h"
#include "probes/support/try.h"

namespace bulkhead::probes::seccomp_io_uring {
namespace {

Observation attempt(Inside&) {
  return observe_rows(
      {{"io_uring_setup",
        [] { return call(SYS_io_uring_setup, 1, kBadPointer); },
        {EFAULT}},
       {"io_uring_enter",
        [] { return call(SYS_io_uring_enter, -1, 0, 0, 0, 0L, 0UL); },
        {EBADF}},
       {"io_uring_register",
        [] { return call(SYS_io_uring_register, -1, 0, 0L, 0); },
        {EBADF, EINVAL}}});
}

const Register kProbe{{
    .id = "seccomp/io-uring",
    .claim = "io_uring, whose operations no filter sees, is not let through.",
    .watches = {"seccomp"},
    .references = {"io_uring_setup(2)", "moby 0e2acd4", "CVE-2022-29582"},
    .remedy = "Deny the three io_uring calls.",
    .attempt = attempt,
    .witness = [](Inside&) { return ordinary_calls(); },
}};

}  // namespace
}  // namespace bulkhead::probes::seccomp_io_uring
