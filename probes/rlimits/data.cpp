// Writable, but never written: no memory is used. What is mapped already goes
// beyond the limit.
#include <sys/mman.h>

#include "probes/support/rlimit.h"
#include "probes/support/try.h"

namespace bulkhead::probes::rlimits_data {
namespace {

Observation map(rlim_t bytes) {
  void* at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return observe({at == MAP_FAILED ? -1 : 0, at == MAP_FAILED ? errno : 0}, {},
                 std::to_string(bytes >> 20) + " MiB of data");
}

Observation attempt(Inside& inside) {
  return try_beyond(inside, "data", RLIM_INFINITY - 1, map);
}

Observation witness(Inside&) {
  return works_within([] { return map(1 << 20); });
}

const Register kProbe{{
    .id = "rlimits/data",
    .claim = "No more private memory than the limit can be mapped.",
    .watches = {"rlimits"},
    .references = {"setrlimit(2) RLIMIT_DATA", "Linux 4.7",
                   "OCI process.rlimits", "getrlimit(2)"},
    .remedy = "Set the limit before the workload starts.",
    .attempt = attempt,
    .witness = witness,
    .plant =
        [](Outside& outside) {
          return plant_limit(outside, RLIMIT_DATA, RLIM_INFINITY);
        },
    .clean = [](Outside& outside) { restore_limit(outside, RLIMIT_DATA); },
    .as_asked = true,
}};

}  // namespace
}  // namespace bulkhead::probes::rlimits_data
