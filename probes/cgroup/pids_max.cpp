// Paused children up to the limit and 64 beyond. The runner and the half are
// tasks as well.
#include <algorithm>

#include "probes/support/child.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::cgroup_pids_max {
namespace {

constexpr long kMostPids = 1024;
constexpr int kBeyond = 64;
constexpr int kOurOwn = 2;

Observation attempt(Inside& inside) {
  const long limit = inside.spec_number("pids.max", -1);
  if (limit < 4) return fact_missing("pids.max");
  if (limit > kMostPids) return broken("pids.max is too large to try");
  int error = 0;
  const int made = fork_many(static_cast<int>(limit) + kBeyond, error);
  const int tasks = made + kOurOwn;
  if (tasks > limit) {
    return reached(std::to_string(tasks) + " tasks with a limit of " +
                   std::to_string(limit));
  }
  return refused(error, "task " + std::to_string(tasks + 1) + " of " +
                            std::to_string(limit) + " refused with " +
                            errno_name(error));
}

Observation witness(Inside& inside) {
  const long limit = inside.spec_number("pids.max", -1);
  if (limit < 4) return fact_missing("pids.max");
  // The runtime's own init may be a task or two of the container's.
  const int most = static_cast<int>(std::min(limit, kMostPids)) / 2;
  int error = 0;
  const int made = fork_many(most, error);
  return made == most ? works(std::to_string(made) + " children")
                      : broken("fork " + std::to_string(made + 1) +
                               " fails: " + errno_name(error));
}

const Register kProbe{{
    .id = "cgroup/pids-max",
    .claim = "No more tasks than the limit can run.",
    .watches = {"cgroup"},
    .references = {"OCI linux.resources.pids", "CIS Docker 5.28",
                   "cgroups(7) pids"},
    .remedy = "Set pids.max before the workload starts.",
    .attempt = attempt,
    .witness = witness,
    .placement = Placement::kAlone,
    .as_asked = true,
    .seconds = 20,
}};

}  // namespace
}  // namespace bulkhead::probes::cgroup_pids_max
