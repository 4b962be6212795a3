// Waivers: findings that are known and accepted, each with a reason and the
// day on which it ends.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "verify/report.h"

namespace bulkhead::verify {

struct Waiver {
  std::string probe;    ///< glob
  std::string subject;  ///< glob
  std::string reason;
  std::string until;  ///< YYYY-MM-DD, the last day on which it holds
  /// Only escapes, unless it says "inconclusive": a waiver for a known hole
  /// must not hide that nothing ran.
  Verdict verdict = Verdict::kEscaped;
};

/// Reads a JSON array of waivers, or one JSON object a line; empty lines and
/// lines that begin with '#' are ignored. A waiver without probe, reason or a
/// real date is a usage error.
[[nodiscard]] Result<std::vector<Waiver>> parse_baseline(std::string_view text);

/// Marks what the waivers cover and are still valid on `today` (YYYY-MM-DD);
/// notes every waiver that is expired or that covered nothing.
void apply_baseline(Report& report, const std::vector<Waiver>& waivers,
                    std::string_view today);

}  // namespace bulkhead::verify
