#include "probes/support/clock.h"

namespace bulkhead::probes::timens_monotonic_offset {
namespace {

const Register kProbe{{
    .id = "timens/monotonic-offset",
    .claim = "The host's monotonic clock is not shown.",
    .watches = {"timens"},
    .references = {"time_namespaces(7)", "OCI linux.timeOffsets", "Linux 5.6"},
    .remedy = "Ask for a new time namespace with an offset of CLOCK_MONOTONIC.",
    .attempt =
        [](Inside& inside) {
          return shifted(inside, CLOCK_MONOTONIC, "timens.monotonic");
        },
    .witness = [](Inside&) { return goes(CLOCK_MONOTONIC); },
    .plant =
        [](Outside& outside) { return plant_clock(outside, CLOCK_MONOTONIC); },
}};

}  // namespace
}  // namespace bulkhead::probes::timens_monotonic_offset
