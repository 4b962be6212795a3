// Whether the machine keeps time.
#pragma once

#include <string>
#include <vector>

namespace bulkhead::agent {

/// "clock_ms=…" since boot, and "scheduler_ms=…" of the scheduler's clock,
/// which nothing but the processor's own counter drives. They differ by a
/// factor where that counter was calibrated while the host was busy.
[[nodiscard]] std::vector<std::string> clocks();

}  // namespace bulkhead::agent
