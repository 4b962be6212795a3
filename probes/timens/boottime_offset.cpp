#include "probes/support/clock.h"

namespace bulkhead::probes::timens_boottime_offset {
namespace {

const Register kProbe{{
    .id = "timens/boottime-offset",
    .claim = "The time since the host booted is not shown.",
    .watches = {"timens"},
    .references = {"time_namespaces(7)", "OCI linux.timeOffsets", "Linux 5.6"},
    .remedy = "Ask for a new time namespace with an offset of CLOCK_BOOTTIME.",
    .attempt =
        [](Inside& inside) {
          return shifted(inside, CLOCK_BOOTTIME, "timens.boottime");
        },
    .witness = [](Inside&) { return goes(CLOCK_BOOTTIME); },
    .plant =
        [](Outside& outside) { return plant_clock(outside, CLOCK_BOOTTIME); },
}};

}  // namespace
}  // namespace bulkhead::probes::timens_boottime_offset
