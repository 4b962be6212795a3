// The login id of a child that ends at once: set when there is none, which
// anybody may, then changed.
#include <fcntl.h>

#include "probes/support/capability.h"
#include "probes/support/child.h"
#include "probes/support/try.h"

namespace bulkhead::probes::capabilities_audit_control {
namespace {

Called write_login(char digit) {
  const int file = open("/proc/self/loginuid", O_WRONLY | O_CLOEXEC);
  if (file < 0) return called(-1);
  const Called wrote = called(write(file, &digit, 1));
  close(file);
  return wrote;
}

Observation change_login() {
  Called wrote = write_login('0');
  if (wrote.error == ENOENT) return absent("this kernel has no login ids");
  if (wrote.ok()) wrote = write_login('1');
  return observe(wrote, {}, "to change the login id");
}

Observation attempt(Inside& inside) {
  Observation seen = in_child(change_login);
  if (seen.outcome == Outcome::kRefused && inside.planted("changes") == "no") {
    return absent("login ids are immutable here, or the harness may not");
  }
  return seen;
}

const Register kProbe{{
    .id = "capabilities/audit-control",
    .claim = "Nobody can log in as somebody else in the audit log.",
    .watches = {"capabilities", "userns"},
    .references = {"capabilities(7) CAP_AUDIT_CONTROL", "proc_pid_loginuid(5)"},
    .remedy = "Drop CAP_AUDIT_CONTROL.",
    .attempt = attempt,
    .witness = [](Inside&) { return read_capabilities(); },
    .plant =
        [](Outside& outside) {
          const bool can = in_child(change_login).outcome == Outcome::kReached;
          outside.tell("changes", can ? "yes" : "no");
          return true;
        },
}};

}  // namespace
}  // namespace bulkhead::probes::capabilities_audit_control
