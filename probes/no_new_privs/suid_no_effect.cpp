// A set-user-id program of root, run as somebody else where one can become
// somebody else, else as what one is. It prints its ids and capabilities.
#include "probes/support/capability.h"
#include "probes/support/program.h"
#include "probes/support/try.h"

namespace bulkhead::probes::no_new_privs_suid_no_effect {
namespace {

Observation attempt(Inside& inside) {
  const std::string path = inside.spec("root") + "/fixtures/suid-probe";
  if (access(path.c_str(), F_OK) != 0) return broken("no fixture " + path);
  const auto own = capability_sets();
  if (!own) return broken("capget: " + errno_name(errno));
  const Ids ids = ids_of(path, true);
  if (!ids.whole) return broken("cannot run the fixture: " + ids.text);
  if (!ids.same_user) return reached("other ids: " + ids.text);
  return (ids.permitted & ~own->permitted) != 0
             ? reached("more capabilities: " + ids.text)
             : refused(0, ids.text);
}

Observation witness(Inside& inside) {
  const Ids ids = ids_of(inside.spec("root") + "/bin/bulkhead-probe", true);
  return ids.whole ? works("an ordinary program runs: " + ids.text)
                   : broken("an ordinary program does not run: " + ids.text);
}

const Register kProbe{{
    .id = "no_new_privs/suid-no-effect",
    .claim = "Set-user-id programs give nothing.",
    .watches = {"no_new_privs", "rootfs", "capabilities", "userns"},
    .references = {"PR_SET_NO_NEW_PRIVS(2const)", "mount(8) nosuid",
                   "CIS Docker 5.25"},
    .remedy = "Set noNewPrivileges and mount the root nosuid.",
    .attempt = attempt,
    .witness = witness,
}};

}  // namespace
}  // namespace bulkhead::probes::no_new_privs_suid_no_effect
