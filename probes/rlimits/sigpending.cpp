// Signals that are blocked wait; a child queues them to itself.
#include <signal.h>

#include "probes/support/rlimit.h"
#include "probes/support/try.h"

namespace bulkhead::probes::rlimits_sigpending {
namespace {

constexpr rlim_t kMost = 10000;

Observation queue_signals(rlim_t most) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGRTMIN);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  rlim_t queued = 0;
  while (queued < most && sigqueue(getpid(), SIGRTMIN, {}) == 0) ++queued;
  const std::string text = std::to_string(queued) + " waiting signals";
  return queued == most ? reached(text)
                        : refused(errno, text + ", then " + errno_name(errno));
}

Observation attempt(Inside& inside) {
  return try_beyond(inside, "sigpending", kMost,
                    [](rlim_t limit) { return queue_signals(limit + 1); });
}

Observation witness(Inside&) {
  return works_within([] { return queue_signals(16); });
}

const Register kProbe{{
    .id = "rlimits/sigpending",
    .claim = "No more signals than the limit can wait.",
    .watches = {"rlimits"},
    .references = {"setrlimit(2) RLIMIT_SIGPENDING", "sigqueue(3)",
                   "OCI process.rlimits", "getrlimit(2)"},
    .remedy = "Set the limit before the workload starts.",
    .attempt = attempt,
    .witness = witness,
    .plant =
        [](Outside& outside) {
          return plant_limit(outside, RLIMIT_SIGPENDING, 8192);
        },
    .clean =
        [](Outside& outside) { restore_limit(outside, RLIMIT_SIGPENDING); },
}};

}  // namespace
}  // namespace bulkhead::probes::rlimits_sigpending
