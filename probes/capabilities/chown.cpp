// A file of our own, to another user of the container.
#include <fcntl.h>

#include "probes/support/capability.h"
#include "probes/support/child.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::capabilities_chown {
namespace {

constexpr unsigned kOther = 12345;

Observation attempt(Inside& inside) {
  const std::string path = scratch(inside) + "/own-" + inside.nonce();
  if (!spill(path, "x", 0600)) {
    return broken(path + ": " + errno_name(errno));
  }
  Observation seen =
      observe(call(SYS_fchownat, AT_FDCWD, path.c_str(), kOther, kOther, 0), {},
              "chown");
  unlink(path.c_str());
  return seen;
}

const Register kProbe{{
    .id = "capabilities/chown",
    .claim = "Files cannot be given to somebody else.",
    .watches = {"capabilities"},
    .references = {"chown(2)", "capabilities(7) CAP_CHOWN"},
    .remedy = "Drop CAP_CHOWN.",
    .attempt = attempt,
    .witness = [](Inside&) { return read_capabilities(); },
}};

}  // namespace
}  // namespace bulkhead::probes::capabilities_chown
