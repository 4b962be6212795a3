// A set-user-id file of our own: writing to it must take the bit away.
#include <sys/stat.h>

#include "probes/support/capability.h"
#include "probes/support/files.h"
#include "probes/support/try.h"

namespace bulkhead::probes::capabilities_fsetid {
namespace {

Observation attempt(Inside& inside) {
  const OwnFile own(inside, "suid", 04755);
  if (own.fd() < 0) return own.trouble();
  struct stat status {};
  if (fstat(own.fd(), &status) != 0 || (status.st_mode & S_ISUID) == 0) {
    return broken("the bit cannot be set at all");
  }
  if (write(own.fd(), "x", 1) != 1) {
    return broken("write: " + errno_name(errno));
  }
  if (fstat(own.fd(), &status) != 0) {
    return broken("fstat: " + errno_name(errno));
  }
  return (status.st_mode & S_ISUID) != 0
             ? reached("the set-user-id bit survives a write")
             : refused(0, "the set-user-id bit is gone after a write");
}

const Register kProbe{{
    .id = "capabilities/fsetid",
    .claim = "A changed set-user-id file is none any more.",
    .watches = {"capabilities", "userns"},
    .references = {"capabilities(7) CAP_FSETID", "write(2)"},
    .remedy = "Drop CAP_FSETID.",
    .attempt = attempt,
    .witness = [](Inside&) { return read_capabilities(); },
}};

}  // namespace
}  // namespace bulkhead::probes::capabilities_fsetid
