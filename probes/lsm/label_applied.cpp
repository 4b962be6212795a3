// A runtime that writes the label into a file of the image's choice has written
// it nowhere: what counts is what the workload runs under.
#include "probes/support/profile.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::lsm_label_applied {
namespace {

Observation attempt(Inside& inside) {
  for (const std::string fact : {"lsm.apparmor", "lsm.selinux"}) {
    const std::string asked = inside.spec(fact);
    if (asked.empty()) continue;
    const std::string own = own_label(fact);
    if (own.empty()) return broken(fact + ": " + errno_name(errno));
    return own == asked ? refused(0, "it runs under " + own)
                        : reached("it runs under " + own + ", not " + asked);
  }
  const std::string why = inside.planted("why_not");
  return why.empty() ? broken("no fact lsm.apparmor") : absent(why);
}

const Register kProbe{{
    .id = "lsm/label-applied",
    .claim = "The profile or context that was asked for is in force.",
    .watches = {"lsm"},
    .references = {"OCI process.apparmorProfile", "OCI process.selinuxLabel",
                   "CVE-2019-16884", "CVE-2019-19921", "CVE-2025-52881",
                   "CIS Docker 5.1", "CIS Docker 5.2"},
    .remedy = "Write the label through a /proc that is not the image's, and "
              "read it back.",
    .attempt = attempt,
    .witness =
        [](Inside&) {
          return slurp("/proc/self/status", 1) ? works("/proc can be read")
                                               : broken("no /proc");
        },
    .plant =
        [](Outside& outside) {
          plant_profile(outside);
          return true;
        },
    .as_asked = true,
}};

}  // namespace
}  // namespace bulkhead::probes::lsm_label_applied
