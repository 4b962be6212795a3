// A read lease on somebody else's file, given back at once.
#include <fcntl.h>

#include "probes/support/capability.h"
#include "probes/support/files.h"
#include "probes/support/try.h"

namespace bulkhead::probes::capabilities_lease {
namespace {

Observation attempt(Inside& inside) {
  Observation why;
  const int file = open_foreign(inside, O_RDONLY, why);
  if (file < 0) return why;
  // EAGAIN: somebody else has it open for writing; that is asked last.
  Observation seen =
      observe(called(fcntl(file, F_SETLEASE, F_RDLCK)), {EAGAIN}, "a lease");
  static_cast<void>(fcntl(file, F_SETLEASE, F_UNLCK));
  close(file);
  return seen;
}

Observation witness(Inside& inside) {
  const OwnFile own(inside, "lease", 0600);
  if (own.fd() < 0) return own.trouble();
  const int reader = open(own.path().c_str(), O_RDONLY | O_CLOEXEC);
  if (reader < 0) return broken("open: " + errno_name(errno));
  close(reader);
  return works("an own file can be opened");
}

const Register kProbe{{
    .id = "capabilities/lease",
    .claim = "Nobody else's opening of a file can be held up.",
    .watches = {"capabilities", "userns"},
    .references = {"capabilities(7) CAP_LEASE", "fcntl(2) F_SETLEASE"},
    .remedy = "Drop CAP_LEASE.",
    .attempt = attempt,
    .witness = witness,
}};

}  // namespace
}  // namespace bulkhead::probes::capabilities_lease
