// Which containers a campaign runs, and how often, until each probe was
// answered.
#pragma once

#include "verify/answers.h"
#include "verify/campaign.h"
#include "verify/report.h"

namespace bulkhead::verify {

/// What the controls say: one container for each distinct set of watched
/// boundaries, which are taken out of it, and one more for each probe that
/// shares none.
[[nodiscard]] Answers answers_of_controls(const Campaign& campaign,
                                          const Ground& ground,
                                          const Progress& told);

/// What `subject` says. A container that ends before its probes do is tried
/// again in parts, so that a probe which ends its container takes no other with
/// it. What is not offered and what went wrong is added to `report`.
[[nodiscard]] Answers answers_of(const Subject& subject,
                                 const Campaign& campaign, const Ground& ground,
                                 SubjectReport& report, const Progress& told);

}  // namespace bulkhead::verify
