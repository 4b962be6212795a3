// Clocks that a time namespace shifts.
#pragma once

#include <ctime>

#include "probes/probe.h"

namespace bulkhead::probes {

/// Tells "seconds": `clock` outside.
[[nodiscard]] bool plant_clock(Outside& outside, clockid_t clock);

/// Reached if `clock` here is the host's; refused if it is ahead by the fact
/// `offset`.
[[nodiscard]] Observation shifted(Inside& inside, clockid_t clock,
                                  const char* offset);

/// The same for a number of seconds that was read from somewhere else.
[[nodiscard]] Observation compare_seconds(Inside& inside, long seconds,
                                          const char* offset);

/// `clock` goes, and not backwards.
[[nodiscard]] Observation goes(clockid_t clock);

}  // namespace bulkhead::probes
