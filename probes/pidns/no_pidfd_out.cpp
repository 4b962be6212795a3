#include "probes/support/canary.h"
#include "probes/support/child.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::pidns_no_pidfd_out {
namespace {

Observation attempt(Inside& inside) {
  const auto pid = number(inside.planted("pid"));
  if (!pid) return broken("no planted pid");
  const Called opened = call(SYS_pidfd_open, static_cast<pid_t>(*pid), 0U);
  if (opened.ok()) close(static_cast<int>(opened.value));
  return observe(opened, {}, "pidfd_open(canary)");
}

Observation witness(Inside&) {
  const pid_t child = fork_bound();
  if (child == 0) _exit(7);
  if (child < 0) return broken("fork: " + errno_name(errno));
  const int status = wait_for(child);
  return status == 7 << 8 ? works("own child waited for")
                          : broken("own child's status was lost");
}

const Register kProbe{{
    .id = "pidns/no-pidfd-out",
    .claim = "No descriptor of a process outside can be had.",
    .watches = {"pidns", "seccomp"},
    .references = {"pidfd_open(2)", "Linux 5.3"},
    .remedy = "Ask for a new pid namespace.",
    .attempt = attempt,
    .witness = witness,
    .plant = [](Outside& outside) { return start_canary(outside); },
    .clean = stop_canary,
}};

}  // namespace
}  // namespace bulkhead::probes::pidns_no_pidfd_out
