// A run as one page: tables with the distribution of every row. Nothing is
// loaded from anywhere, and there is no script.
#pragma once

#include <string>

#include "bench/model.h"

namespace bulkhead::bench {

[[nodiscard]] std::string to_html(const Figures& run);

}  // namespace bulkhead::bench
