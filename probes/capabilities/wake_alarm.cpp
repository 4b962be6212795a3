// A timer that is never armed.
#include <sys/timerfd.h>

#include <ctime>

#include "probes/support/capability.h"
#include "probes/support/try.h"

namespace bulkhead::probes::capabilities_wake_alarm {
namespace {

Called make_timer(int clock) {
  const Called made = call(SYS_timerfd_create, clock, TFD_CLOEXEC);
  if (made.ok()) close(static_cast<int>(made.value));
  return made;
}

Observation attempt(Inside&) {
  return observe(make_timer(CLOCK_REALTIME_ALARM), {}, "timerfd_create");
}

Observation witness(Inside&) {
  const Called made = make_timer(CLOCK_REALTIME);
  return made.ok() ? works("an ordinary timer")
                   : broken("timerfd_create: " + errno_name(made.error));
}

const Register kProbe{{
    .id = "capabilities/wake-alarm",
    .claim = "The machine cannot be woken from its sleep.",
    .watches = {"capabilities", "userns"},
    .references = {"capabilities(7) CAP_WAKE_ALARM", "timerfd_create(2)"},
    .remedy = "Drop CAP_WAKE_ALARM.",
    .attempt = attempt,
    .witness = witness,
}};

}  // namespace
}  // namespace bulkhead::probes::capabilities_wake_alarm
