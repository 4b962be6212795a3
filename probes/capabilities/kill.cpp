// A process of another user of the container, which is outside: signal 0 asks
// only for the permission.
#include <signal.h>
#include <sys/prctl.h>

#include "probes/support/canary.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::capabilities_kill {
namespace {

constexpr unsigned kOther = 1000;

Observation attempt(Inside& inside) {
  const auto pid = number(inside.planted("pid"));
  if (!pid) return broken("no planted pid");
  return observe(called(kill(static_cast<pid_t>(*pid), 0)), {},
                 "kill(another user's process, 0)");
}

Observation witness(Inside&) {
  const Called signalled = called(kill(getpid(), 0));
  return signalled.ok()
             ? works("kill(self, 0)")
             : broken("kill(self, 0): " + errno_name(signalled.error));
}

// It loses the signal that ends it with the harness, so that is asked again.
bool become_other() {
  return call(SYS_setresuid, kOther, kOther, kOther).ok() &&
         prctl(PR_SET_PDEATHSIG, SIGKILL) == 0;
}

bool plant(Outside& outside) { return start_canary(outside, become_other); }

const Register kProbe{{
    .id = "capabilities/kill",
    .claim = "Another user's processes cannot be signalled.",
    .watches = {"capabilities", "pidns", "userns", "landlock"},
    .references = {"capabilities(7) CAP_KILL", "kill(2)"},
    .remedy = "Drop CAP_KILL, and share no pid namespace.",
    .attempt = attempt,
    .witness = witness,
    .plant = plant,
    .clean = stop_canary,
}};

}  // namespace
}  // namespace bulkhead::probes::capabilities_kill
