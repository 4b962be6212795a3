// From what the crash boxes said to verdicts.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "runtime/base/result.h"
#include "verify/campaign.h"
#include "verify/report.h"

namespace bulkhead::verify {

/// The report of `campaign`, of what ask_controls() and ask_subjects()
/// returned. Where they say nothing of a probe, its verdict is inconclusive; an
/// error where they are no such answers at all.
[[nodiscard]] Result<Report> judge_campaign(const Campaign& campaign,
                                            const nlohmann::json& controls,
                                            const nlohmann::json& subjects);

}  // namespace bulkhead::verify
