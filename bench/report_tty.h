// A run as text: tables with bars.
#pragma once

#include <string>

#include "bench/model.h"

namespace bulkhead::bench {

[[nodiscard]] std::string to_tty(const Figures& run);

}  // namespace bulkhead::bench
