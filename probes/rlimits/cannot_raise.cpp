// One more than the hard limit asked for, in a child.
#include "probes/support/child.h"
#include "probes/support/rlimit.h"
#include "probes/support/try.h"

namespace bulkhead::probes::rlimits_cannot_raise {
namespace {

Observation attempt(Inside& inside) {
  const auto asked = asked_limit(inside, "nofile");
  if (!asked || asked->rlim_max == RLIM_INFINITY) {
    return fact_missing("rlimit.nofile", "is missing or unlimited");
  }
  const rlimit more{asked->rlim_max + 1, asked->rlim_max + 1};
  return in_child([more] {
    return observe(called(setrlimit(RLIMIT_NOFILE, &more)), {},
                   "setrlimit nofile " + limit_text(more));
  });
}

Observation witness(Inside&) {
  return in_child([] {
    rlimit have{};
    if (getrlimit(RLIMIT_NOFILE, &have) != 0) {
      return broken("getrlimit: " + errno_name(errno));
    }
    have.rlim_cur = have.rlim_cur / 2;
    return setrlimit(RLIMIT_NOFILE, &have) == 0
               ? works("lowered to " + limit_text(have))
               : broken("setrlimit: " + errno_name(errno));
  });
}

const Register kProbe{{
    .id = "rlimits/cannot-raise",
    .claim = "A hard limit cannot be raised.",
    .watches = {"rlimits"},
    .references = {"setrlimit(2)", "capabilities(7) CAP_SYS_RESOURCE",
                   "CIS Docker 5.18"},
    .remedy = "Set hard limits and drop CAP_SYS_RESOURCE.",
    .attempt = attempt,
    .witness = witness,
}};

}  // namespace
}  // namespace bulkhead::probes::rlimits_cannot_raise
