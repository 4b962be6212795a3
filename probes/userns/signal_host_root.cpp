// A process of the host's root: signal 0 asks only for the permission.
#include <signal.h>

#include "probes/support/canary.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::userns_signal_host_root {
namespace {

Observation attempt(Inside& inside) {
  const auto pid = number(inside.planted("pid"));
  if (!pid) return broken("no planted pid");
  return observe(called(kill(static_cast<pid_t>(*pid), 0)), {},
                 "kill(a process of the host's root, 0)");
}

Observation witness(Inside&) {
  const Called signalled = called(kill(getpid(), 0));
  return signalled.ok()
             ? works("kill(self, 0)")
             : broken("kill(self, 0): " + errno_name(signalled.error));
}

const Register kProbe{{
    .id = "userns/signal-host-root",
    .claim = "Processes of the host's root cannot be signalled.",
    .watches = {"userns", "pidns", "landlock"},
    .references = {"user_namespaces(7)", "kill(2)"},
    .remedy = "Map the container's ids to a range of its own.",
    .attempt = attempt,
    .witness = witness,
    .plant = [](Outside& outside) { return start_canary(outside); },
    .clean = stop_canary,
}};

}  // namespace
}  // namespace bulkhead::probes::userns_signal_host_root
