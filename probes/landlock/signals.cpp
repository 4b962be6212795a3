// A process of the host's, by a descriptor of it that is handed in. In a shared
// pid namespace, and with the host's ids, it can be signalled; a domain of
// ABI 6 keeps signals inside.
#include <fcntl.h>
#include <signal.h>

#include "probes/support/bystander.h"
#include "probes/support/canary.h"
#include "probes/support/landlock.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::landlock_signals {
namespace {

Observation attempt(Inside& inside) {
  const int process = borrow_from_bystander(inside);
  if (process < 0) {
    return broken("no descriptor was handed in: " + errno_name(errno));
  }
  const Called signalled = call(SYS_pidfd_send_signal, process, 0, nullptr, 0U);
  close(process);
  return unless_absent(inside, 6,
                       observe(signalled, {}, "pidfd_send_signal(canary, 0)"));
}

Observation witness(Inside&) {
  const Called own = call(SYS_pidfd_open, getpid(), 0U);
  if (!own.ok()) return broken("pidfd_open: " + errno_name(own.error));
  const Called signalled =
      call(SYS_pidfd_send_signal, static_cast<int>(own.value), 0, nullptr, 0U);
  close(static_cast<int>(own.value));
  return signalled.ok()
             ? works("pidfd_send_signal(self, 0)")
             : broken("pidfd_send_signal: " + errno_name(signalled.error));
}

bool plant(Outside& outside) {
  plant_abi(outside);
  if (!start_canary(outside)) return false;
  const auto pid = number(outside.told("pid"));
  if (!pid) return false;
  const Called process = call(SYS_pidfd_open, static_cast<pid_t>(*pid), 0U);
  if (!process.ok()) return false;
  const int handed = static_cast<int>(process.value);
  const bool started = start_bystander(outside, {}, handed);
  close(handed);
  return started;
}

void clean(Outside& outside) {
  stop_bystander(outside);
  stop_canary(outside);
}

const Register kProbe{{
    .id = "landlock/signals",
    .claim = "A process outside cannot be signalled, not even by a descriptor "
             "of it.",
    .watches = {"landlock", "pidns", "userns"},
    .references = {"landlock(7) LANDLOCK_SCOPE_SIGNAL", "pidfd_send_signal(2)"},
    .remedy = "Scope signals (Linux 6.12), or ask for a new pid namespace.",
    .attempt = attempt,
    .witness = witness,
    .plant = plant,
    .clean = clean,
}};

}  // namespace
}  // namespace bulkhead::probes::landlock_signals
