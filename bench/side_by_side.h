// The goals of several runs in one table, a column each: of several kernels.
#pragma once

#include <span>
#include <string>

#include "bench/model.h"

namespace bulkhead::bench {

/// Figures by goal and run, each run under the release of its kernel; "*" where
/// the goal is met, "-" where it was not measured.
[[nodiscard]] std::string goals_side_by_side(std::span<const Figures> runs);

}  // namespace bulkhead::bench
