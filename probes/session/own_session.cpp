// A process of the caller's session can push input into its terminal.
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::session_own_session {
namespace {

Observation attempt(Inside& inside) {
  const auto outer = number(inside.planted("session"));
  if (!outer) return broken("no planted session");
  const Called own = call(SYS_getsid, 0);
  if (!own.ok()) return broken("getsid: " + errno_name(own.error));
  // The leader of an inherited session is outside the pid namespace: 0.
  if (own.value == 0) return reached("the session's leader is outside");
  if (own.value == static_cast<long>(*outer) &&
      link_target("/proc/self/ns/pid") == inside.planted("pidns")) {
    return reached("the caller's session " + std::to_string(own.value));
  }
  return refused(0, "session " + std::to_string(own.value));
}

Observation witness(Inside&) {
  const Called own = call(SYS_getsid, 0);
  return own.ok() ? works("session " + std::to_string(own.value))
                  : broken("getsid: " + errno_name(own.error));
}

bool plant(Outside& outside) {
  outside.tell("session", std::to_string(getsid(0)));
  outside.tell("pidns", link_target("/proc/self/ns/pid"));
  return true;
}

const Register kProbe{{
    .id = "session/own-session",
    .claim = "The workload is not in the caller's session.",
    .watches = {"session"},
    .references = {"CVE-2017-5226", "setsid(2)"},
    .remedy = "Start the workload with setsid.",
    .attempt = attempt,
    .witness = witness,
    .plant = plant,
}};

}  // namespace
}  // namespace bulkhead::probes::session_own_session
