// Capabilities belong to threads, not to processes.
#include <pthread.h>

#include "probes/support/capability.h"
#include "probes/support/filter.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::capabilities_thread_sets {
namespace {

struct Thread {
  std::optional<CapabilitySets> sets;
  std::uint64_t bounding = 0;
};

void* look(void* into) {
  auto* seen = static_cast<Thread*>(into);
  seen->sets = capability_sets();
  seen->bounding = bounding_set();
  return nullptr;
}

Observation attempt(Inside& inside) {
  const auto bounding = number(inside.spec("caps.bounding"), 16);
  const auto permitted = number(inside.spec("caps.permitted"), 16);
  if (!bounding || !permitted) return fact_missing("caps.*");
  Thread seen;
  pthread_t thread{};
  const int error = pthread_create(&thread, nullptr, look, &seen);
  if (error != 0) return broken("pthread_create: " + errno_name(error));
  pthread_join(thread, nullptr);
  if (!seen.sets) return broken("capget in a thread");
  const std::uint64_t extra = (seen.sets->permitted & ~*permitted) |
                              (seen.sets->effective & ~*permitted) |
                              (seen.bounding & ~*bounding);
  return extra != 0
             ? reached("a new thread has too many: " + hex(extra))
             : refused(0, "a new thread has " + hex(seen.sets->permitted));
}

const Register kProbe{{
    .id = "capabilities/thread-sets",
    .claim = "A new thread has no capability that was not asked for.",
    .watches = {"capabilities"},
    .references = {"capabilities(7)", "OCI process.capabilities"},
    .remedy = "Set the capabilities in the thread that executes the workload.",
    .attempt = attempt,
    .witness = [](Inside&) { return threads_work(); },
    .as_asked = true,
}};

}  // namespace
}  // namespace bulkhead::probes::capabilities_thread_sets
