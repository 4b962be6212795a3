// A fault sweep, told.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "verify/faults/sweep.h"

namespace bulkhead::verify::faults {

/// One subject: counts by kind and outcome, what got weaker, every fault.
[[nodiscard]] nlohmann::json to_json(const Sweep& sweep,
                                     const SweepOptions& options);

/// The documents of to_json(), side by side, and every bad fault with the
/// command that repeats it, at most `most` of a subject (0: all).
[[nodiscard]] std::string to_terminal(const nlohmann::json& runs,
                                      std::size_t most);

/// 0: every fault failed closed or changed nothing; 1: some did not; 3: a
/// subject that no fault reached.
[[nodiscard]] int status_of(const nlohmann::json& runs);

}  // namespace bulkhead::verify::faults
