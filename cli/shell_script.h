// A plan as a script for sh, unshare(1), mount(8), pivot_root(8), setpriv(1).
#pragma once

#include <string>

#include "runtime/plan/plan.h"

namespace bulkhead::cli {

/// The script. What sh has no tool for stands in it as a comment.
[[nodiscard]] std::string shell_script(const Plan& plan);

}  // namespace bulkhead::cli
