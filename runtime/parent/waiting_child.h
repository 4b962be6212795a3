// What the supervisor does while its child waits for it: what only it may write
// about the child, and what need not be done before the clone.
#pragma once

#include "runtime/base/result.h"
#include "runtime/parent/cgroup.h"
#include "runtime/parent/clone.h"
#include "runtime/plan/plan.h"

namespace bulkhead {

/// Its id maps and its oom_score_adj, the calls of Side::kBeside and the limits
/// of its cgroup, those that `plan` has. An error names the step whose part it
/// is; the child has to be killed then.
[[nodiscard]] Status serve_waiting(const ClonedChild& child, const Plan& plan,
                                   const Cgroup& cgroup, SharedState* shared);

}  // namespace bulkhead
