// A program with CAP_NET_RAW in its file, run as somebody else where one can
// become somebody else, else as what one is. It prints its capabilities.
#include <sys/xattr.h>

#include "probes/support/capability.h"
#include "probes/support/program.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::no_new_privs_file_capabilities {
namespace {

Observation gained_by(const std::string& path) {
  if (access(path.c_str(), F_OK) != 0) return broken("no fixture " + path);
  const auto own = capability_sets();
  if (!own) return broken("capget: " + errno_name(errno));
  if (getxattr(path.c_str(), "security.capability", nullptr, 0) < 0 &&
      (errno == ENODATA || errno == EOPNOTSUPP)) {
    return absent("the fixture's file system keeps no file capabilities");
  }
  const Ids ids = ids_of(path, true);
  // A bounding set without it makes the kernel refuse the exec (execve(2)).
  if (ids.error == EPERM) return refused(EPERM, ids.text);
  if (!ids.whole) return broken("the program said: " + ids.text);
  // Somebody else has nothing to begin with.
  const std::uint64_t before = ids.was_root ? own->permitted : 0;
  return (ids.permitted & ~before) != 0
             ? reached("gained " + hex(ids.permitted & ~before))
             : refused(0, ids.text);
}

/// Capabilities of a file count below one user namespace (capabilities(7)):
/// those of one fixture where the tree's owner is root, those of the other
/// where the host's root is, as in a container without a user namespace.
Observation attempt(Inside& inside) {
  const std::string folder = inside.spec("root") + "/fixtures/";
  Observation owners = gained_by(folder + "caps-probe");
  if (owners.outcome != Outcome::kRefused) return owners;
  return gained_by(folder + "host-caps-probe");
}

Observation witness(Inside& inside) {
  const Ids ids = ids_of(inside.spec("root") + "/bin/bulkhead-probe", true);
  return ids.whole ? works("an ordinary program runs: " + ids.text)
                   : broken("the program said: " + ids.text);
}

const Register kProbe{{
    .id = "no_new_privs/file-capabilities",
    .claim = "Programs with file capabilities give nothing.",
    .watches = {"no_new_privs", "rootfs", "capabilities", "userns"},
    .references = {"PR_SET_NO_NEW_PRIVS(2const)",
                   "capabilities(7) File capabilities", "CVE-2022-24769"},
    .remedy = "Set noNewPrivileges, empty the bounding set and mount the root "
              "nosuid.",
    .attempt = attempt,
    .witness = witness,
}};

}  // namespace
}  // namespace bulkhead::probes::no_new_privs_file_capabilities
