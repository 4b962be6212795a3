// {step, errno} made into one sentence with a remedy: the only place where the
// two sides' errors meet.
#pragma once

#include <signal.h>

#include "runtime/base/result.h"
#include "runtime/plan/plan.h"

namespace bulkhead {

/// The error of a child, or of the calls before clone, that gave up.
[[nodiscard]] Error describe_failure(const Plan& plan,
                                     const SharedState& shared);

/// The error of a child that died before exec without saying why.
[[nodiscard]] Error describe_death(const Plan& plan, const SharedState& shared,
                                   const siginfo_t& info);

}  // namespace bulkhead
