// A file of our own, one byte beyond; nothing is written.
#include <signal.h>

#include "probes/support/child.h"
#include "probes/support/files.h"
#include "probes/support/rlimit.h"
#include "probes/support/try.h"

namespace bulkhead::probes::rlimits_fsize {
namespace {

Observation stretch(Inside& inside, rlim_t size) {
  const OwnFile own(inside, "long", 0600);
  if (own.fd() < 0) return own.trouble();
  // The limit's signal would end the child before it can tell.
  signal(SIGXFSZ, SIG_IGN);
  return observe(called(ftruncate(own.fd(), static_cast<off_t>(size))), {},
                 "a file of " + std::to_string(size) + " bytes");
}

Observation attempt(Inside& inside) {
  const auto asked = asked_limit(inside, "fsize");
  if (!asked || asked->rlim_cur == RLIM_INFINITY) {
    return fact_missing("rlimit.fsize", "is missing or unlimited");
  }
  return unless_callers(inside, *asked, stretch(inside, asked->rlim_cur + 1));
}

Observation witness(Inside& inside) {
  const auto asked = asked_limit(inside, "fsize");
  if (!asked || asked->rlim_cur == RLIM_INFINITY) {
    return fact_missing("rlimit.fsize", "is missing or unlimited");
  }
  const Observation seen = stretch(inside, asked->rlim_cur);
  return seen.outcome == Outcome::kReached ? seen : broken(seen.evidence);
}

const Register kProbe{{
    .id = "rlimits/fsize",
    .claim = "No file can be longer than the limit.",
    .watches = {"rlimits"},
    .references = {"setrlimit(2) RLIMIT_FSIZE", "OCI process.rlimits",
                   "getrlimit(2)"},
    .remedy = "Set the limit before the workload starts.",
    .attempt = attempt,
    .witness = witness,
    .plant =
        [](Outside& outside) {
          return plant_limit(outside, RLIMIT_FSIZE, RLIM_INFINITY);
        },
    .clean = [](Outside& outside) { restore_limit(outside, RLIMIT_FSIZE); },
    .as_asked = true,
}};

}  // namespace
}  // namespace bulkhead::probes::rlimits_fsize
