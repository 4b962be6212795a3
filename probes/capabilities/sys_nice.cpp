// A child that ends at once, with no limit that would allow it.
#include <sys/resource.h>

#include "probes/support/capability.h"
#include "probes/support/child.h"
#include "probes/support/try.h"

namespace bulkhead::probes::capabilities_sys_nice {
namespace {

Observation be_preferred() {
  const rlimit none{0, 0};
  static_cast<void>(setrlimit(RLIMIT_NICE, &none));
  errno = 0;
  const int before = getpriority(PRIO_PROCESS, 0);
  if (errno != 0) return broken("getpriority: " + errno_name(errno));
  return observe(called(setpriority(PRIO_PROCESS, 0, before - 1)), {},
                 "setpriority to less than it is");
}

Observation attempt(Inside&) { return in_child(be_preferred); }

Observation witness(Inside&) {
  return in_child([] {
    const int before = getpriority(PRIO_PROCESS, 0);
    return setpriority(PRIO_PROCESS, 0, before + 1) == 0
               ? works("to stand back is allowed")
               : broken("setpriority: " + errno_name(errno));
  });
}

const Register kProbe{{
    .id = "capabilities/sys-nice",
    .claim = "No process can prefer itself to others.",
    .watches = {"capabilities", "userns"},
    .references = {"capabilities(7) CAP_SYS_NICE", "setpriority(2)"},
    .remedy = "Drop CAP_SYS_NICE.",
    .attempt = attempt,
    .witness = witness,
}};

}  // namespace
}  // namespace bulkhead::probes::capabilities_sys_nice
