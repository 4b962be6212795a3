// A name of negative length: EINVAL, but only past the permission check.
#include "probes/support/ordinary.h"
#include "probes/support/try.h"

namespace bulkhead::probes::capabilities_set_hostname {
namespace {

Observation attempt(Inside&) {
  Tally tally;
  tally.add("sethostname",
            observe(call(SYS_sethostname, "x", -1), {EINVAL}, "sethostname"));
  tally.add("setdomainname", observe(call(SYS_setdomainname, "x", -1), {EINVAL},
                                     "setdomainname"));
  return tally.result();
}

const Register kProbe{{
    .id = "capabilities/set-hostname",
    .claim = "The container cannot rename itself.",
    .watches = {"capabilities", "seccomp"},
    .references = {"capabilities(7) CAP_SYS_ADMIN", "sethostname(2)"},
    .remedy = "Drop CAP_SYS_ADMIN.",
    .attempt = attempt,
    .witness = [](Inside&) { return files_work(); },
}};

}  // namespace
}  // namespace bulkhead::probes::capabilities_set_hostname
