#include <sys/prctl.h>

#include "probes/support/child.h"
#include "probes/support/filter.h"
#include "probes/support/try.h"

namespace bulkhead::probes::seccomp_filter_active {
namespace {

Observation look() {
  const Called mode = called(prctl(PR_GET_SECCOMP, 0, 0, 0, 0));
  // A filter that refuses even the question is in force.
  if (!mode.ok()) return refused(mode.error, "PR_GET_SECCOMP refused");
  return mode.value == 0 ? reached("no filter")
                         : refused(0, "mode " + std::to_string(mode.value));
}

Observation attempt(Inside&) {
  const Observation own = look();
  return own.outcome == Outcome::kRefused ? in_child(look) : own;
}

const Register kProbe{{
    .id = "seccomp/filter-active",
    .claim = "A system-call filter is in force, in children too.",
    .watches = {"seccomp"},
    .references = {"seccomp(2)", "OCI linux.seccomp", "CIS Docker 5.21",
                   "PSS RuntimeDefault"},
    .remedy = "Give the container a seccomp profile.",
    .attempt = attempt,
    .witness = [](Inside&) { return ordinary_calls(); },
}};

}  // namespace
}  // namespace bulkhead::probes::seccomp_filter_active
