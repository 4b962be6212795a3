// What this host gives, tried one by one, each with the knob that changes it.
#pragma once

#include <string>
#include <vector>

#include "runtime/host/host.h"

namespace bulkhead {

struct Finding {
  enum class State { kYes, kNo, kUnneeded };
  std::string name;
  State state = State::kNo;
  std::string detail;  ///< What was tried and what it said.
  std::string knob;    ///< What to change, when it is missing.
  bool needed = true;  ///< The hardened preset asks for it.
};

/// Tries everything the hardened preset needs and what would be nice.
[[nodiscard]] std::vector<Finding> examine(const Host& host);

}  // namespace bulkhead
