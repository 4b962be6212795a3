// A terminal of the crash box's own becomes the harness's; what the workload
// pushes into it, if it can, is one NUL.
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>

#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::session_no_controlling_terminal {
namespace {

Observation attempt(Inside& inside) {
  const int terminal =
      open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
  if (terminal < 0) {
    const Observation seen = observe(called(-1), {}, "open /dev/tty");
    return inside.planted("terminal").empty()
               ? absent("the harness has no terminal to give")
               : seen;
  }
  const char nothing = '\0';
  const Called pushed = called(ioctl(terminal, TIOCSTI, &nothing));
  close(terminal);
  return reached(
      "the caller's terminal is open; to push input into it " +
      (pushed.ok() ? "succeeded" : "gives " + errno_name(pushed.error)));
}

Observation witness(Inside&) {
  const Called session = call(SYS_getsid, 0);
  return session.ok() ? works("session " + std::to_string(session.value))
                      : broken("getsid: " + errno_name(session.error));
}

bool plant(Outside& outside) {
  const int outer = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (outer < 0) return false;
  outside.tell("outer", std::to_string(outer));
  int unlock = 0;
  if (ioctl(outer, TIOCSPTLCK, &unlock) != 0) return false;
  const int inner = ioctl(outer, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (inner < 0) return false;
  outside.tell("inner", std::to_string(inner));
  // The harness leads a session without a terminal (EPERM elsewhere).
  if (ioctl(inner, TIOCSCTTY, 0) == 0) outside.tell("terminal", "yes");
  return true;
}

void clean(Outside& outside) {
  // The leader that lets go of its terminal is sent SIGHUP.
  const sighandler_t before = signal(SIGHUP, SIG_IGN);
  if (const auto inner = number(outside.told("inner"))) {
    static_cast<void>(ioctl(static_cast<int>(*inner), TIOCNOTTY));
    close(static_cast<int>(*inner));
  }
  static_cast<void>(signal(SIGHUP, before));
  if (const auto outer = number(outside.told("outer"))) {
    close(static_cast<int>(*outer));
  }
}

const Register kProbe{{
    .id = "session/no-controlling-terminal",
    .claim = "The caller's terminal can neither be read nor written.",
    .watches = {"session"},
    .references = {"CVE-2017-5226", "tty(4)", "TIOCSTI(2const)"},
    .remedy = "Start the workload with setsid.",
    .attempt = attempt,
    .witness = witness,
    .plant = plant,
    .clean = clean,
}};

}  // namespace
}  // namespace bulkhead::probes::session_no_controlling_terminal
