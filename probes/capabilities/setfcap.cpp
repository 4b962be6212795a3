// An empty set, on a file of our own.
#include <linux/capability.h>
#include <sys/xattr.h>

#include "probes/support/capability.h"
#include "probes/support/files.h"
#include "probes/support/try.h"

namespace bulkhead::probes::capabilities_setfcap {
namespace {

Observation attempt(Inside& inside) {
  const OwnFile own(inside, "caps", 0600);
  if (own.fd() < 0) return own.trouble();
  vfs_cap_data none{};
  none.magic_etc = VFS_CAP_REVISION_2;
  return observe(called(fsetxattr(own.fd(), "security.capability", &none,
                                  XATTR_CAPS_SZ_2, 0)),
                 {EOPNOTSUPP}, "setting a file's capabilities");
}

const Register kProbe{{
    .id = "capabilities/setfcap",
    .claim = "No file can be given capabilities.",
    .watches = {"capabilities"},
    .references = {"capabilities(7) CAP_SETFCAP", "CVE-2018-18955"},
    .remedy = "Drop CAP_SETFCAP.",
    .attempt = attempt,
    .witness = [](Inside&) { return read_capabilities(); },
}};

}  // namespace
}  // namespace bulkhead::probes::capabilities_setfcap
