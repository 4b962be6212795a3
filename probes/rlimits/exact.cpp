#include "probes/support/rlimit.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::rlimits_exact {
namespace {

Observation attempt(Inside& inside) {
  Tally tally;
  bool any = false;
  for (const Resource& resource : resources()) {
    const auto asked = asked_limit(inside, resource.name);
    if (!asked) continue;
    any = true;
    rlimit have{};
    if (getrlimit(resource.number, &have) != 0) {
      return broken("getrlimit: " + errno_name(errno));
    }
    const bool more =
        have.rlim_cur > asked->rlim_cur || have.rlim_max > asked->rlim_max;
    tally.add(resource.name,
              more ? reached(limit_text(have)) : refused(0, limit_text(have)));
  }
  return any ? tally.result() : fact_missing("rlimit.*");
}

Observation witness(Inside&) {
  rlimit have{};
  return getrlimit(RLIMIT_NOFILE, &have) == 0
             ? works("nofile " + limit_text(have))
             : broken("getrlimit: " + errno_name(errno));
}

const Register kProbe{{
    .id = "rlimits/exact",
    .claim = "No resource limit is higher than asked for.",
    .watches = {"rlimits"},
    .references = {"OCI process.rlimits", "getrlimit(2)", "CIS Docker 5.18"},
    .remedy = "Set soft and hard limits before the workload starts.",
    .attempt = attempt,
    .witness = witness,
    .as_asked = true,
}};

}  // namespace
}  // namespace bulkhead::probes::rlimits_exact
