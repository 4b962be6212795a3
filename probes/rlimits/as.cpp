// Addresses only: nothing is behind them, and nothing is used. All that is
// mapped already goes beyond the limit.
#include <sys/mman.h>

#include "probes/support/rlimit.h"
#include "probes/support/try.h"

namespace bulkhead::probes::rlimits_as {
namespace {

Observation map(rlim_t bytes) {
  void* at = mmap(nullptr, bytes, PROT_NONE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return observe({at == MAP_FAILED ? -1 : 0, at == MAP_FAILED ? errno : 0}, {},
                 std::to_string(bytes >> 20) + " MiB of addresses");
}

Observation attempt(Inside& inside) {
  return try_beyond(inside, "as", RLIM_INFINITY - 1, map);
}

Observation witness(Inside&) {
  return works_within([] { return map(1 << 20); });
}

const Register kProbe{{
    .id = "rlimits/as",
    .claim = "No more addresses than the limit can be mapped.",
    .watches = {"rlimits"},
    .references = {"setrlimit(2) RLIMIT_AS", "OCI process.rlimits",
                   "getrlimit(2)"},
    .remedy = "Set the limit before the workload starts.",
    .attempt = attempt,
    .witness = witness,
    .plant =
        [](Outside& outside) {
          return plant_limit(outside, RLIMIT_AS, RLIM_INFINITY);
        },
    .clean = [](Outside& outside) { restore_limit(outside, RLIMIT_AS); },
    .as_asked = true,
}};

}  // namespace
}  // namespace bulkhead::probes::rlimits_as
