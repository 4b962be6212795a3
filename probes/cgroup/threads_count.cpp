// Threads are tasks as well: up to the limit, and one beyond.
#include <pthread.h>

#include <algorithm>
#include <vector>

#include "probes/support/child.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::cgroup_threads_count {
namespace {

constexpr long kMostPids = 1024;
// The runner, the half, and the child with the threads.
constexpr int kOurOwn = 3;
constexpr std::size_t kStackBytes = 65536;

void* rest(void*) {
  while (true) pause();
}

// In a child, whose end takes the threads along.
Observation start_many(long most) {
  pthread_attr_t small;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, kStackBytes);
  long made = 0;
  int error = 0;
  while (made < most && error == 0) {
    pthread_t thread{};
    error = pthread_create(&thread, &small, rest, nullptr);
    if (error == 0) ++made;
  }
  const std::string text = std::to_string(made) + " threads";
  return error == 0 ? reached(text)
                    : refused(error, "stopped after " + text + " with " +
                                         errno_name(error));
}

Observation attempt(Inside& inside) {
  const long limit = inside.spec_number("pids.max", -1);
  if (limit < 8) return fact_missing("pids.max");
  if (limit > kMostPids) return broken("pids.max is too large to try");
  // One thread more than the limit leaves room for is reach.
  return in_child([=] { return start_many(limit - kOurOwn + 1); });
}

Observation witness(Inside& inside) {
  const long limit = inside.spec_number("pids.max", -1);
  if (limit < 8) return fact_missing("pids.max");
  const Observation seen =
      in_child([=] { return start_many(std::min(limit, kMostPids) / 2); });
  return seen.outcome == Outcome::kReached ? works(seen.evidence)
                                           : broken(seen.evidence);
}

const Register kProbe{{
    .id = "cgroup/threads-count",
    .claim = "Threads count against the limit of tasks, to the last one.",
    .watches = {"cgroup"},
    .references = {"OCI linux.resources.pids", "cgroups(7) pids"},
    .remedy = "Set pids.max before the workload starts.",
    .attempt = attempt,
    .witness = witness,
    .as_asked = true,
    .seconds = 20,
}};

}  // namespace
}  // namespace bulkhead::probes::cgroup_threads_count
