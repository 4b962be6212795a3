// What only the supervisor may write about its child, while that waits for it.
#pragma once

#include "runtime/base/result.h"
#include "runtime/parent/clone.h"
#include "runtime/plan/plan.h"

namespace bulkhead {

/// Its id maps and its oom_score_adj, those that `plan` has. An error names the
/// step whose part it is.
[[nodiscard]] Status write_for_waiting(const ClonedChild& child,
                                       const Plan& plan);

}  // namespace bulkhead
