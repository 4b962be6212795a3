// One page more than the limit.
#include <sys/mman.h>

#include "probes/support/rlimit.h"
#include "probes/support/try.h"

namespace bulkhead::probes::rlimits_memlock {
namespace {

constexpr rlim_t kPage = 4096;
constexpr rlim_t kMost = 16 << 20;

Observation lock(rlim_t bytes) {
  void* pages = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) return broken("mmap: " + errno_name(errno));
  return observe(call(SYS_mlock, pages, bytes), {},
                 std::to_string(bytes) + " locked bytes");
}

Observation attempt(Inside& inside) {
  return try_beyond(inside, "memlock", kMost,
                    [](rlim_t limit) { return lock(limit + kPage); });
}

Observation witness(Inside&) {
  return works_within([] { return lock(kPage); });
}

const Register kProbe{{
    .id = "rlimits/memlock",
    .claim = "No more memory than the limit can be locked.",
    .watches = {"rlimits"},
    .references = {"setrlimit(2) RLIMIT_MEMLOCK", "OCI process.rlimits",
                   "getrlimit(2)"},
    .remedy = "Set the limit before the workload starts.",
    .attempt = attempt,
    .witness = witness,
    .plant =
        [](Outside& outside) {
          return plant_limit(outside, RLIMIT_MEMLOCK, 1 << 20);
        },
    .clean = [](Outside& outside) { restore_limit(outside, RLIMIT_MEMLOCK); },
}};

}  // namespace
}  // namespace bulkhead::probes::rlimits_memlock
