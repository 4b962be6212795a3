// What all forms that people read have in common.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "verify/report.h"

namespace bulkhead::verify {

/// One line about a record: "seen", "the attempt got through: …". The text is
/// raw: whoever shows it makes it visible() first.
struct Detail {
  std::string_view label;
  std::string text;
};

/// Everything a reader needs to act on a record: claim, seen, red twin, see,
/// remedy, waived, repeat; without those that are empty.
[[nodiscard]] std::vector<Detail> details_of(const Record& record);

/// The worst verdict of one subject at one boundary, and how often.
struct Tally {
  Verdict worst = Verdict::kContained;
  std::size_t count = 0;  ///< Records with the worst verdict.
  std::size_t all = 0;

  /// "4" where all agree, else "1/4".
  [[nodiscard]] std::string number() const;
};
[[nodiscard]] std::optional<Tally> tally(const SubjectReport& run,
                                         std::string_view boundary);

/// Boundaries that have a record, in the order of kBoundaryNames.
[[nodiscard]] std::vector<std::string_view> used_boundaries(
    const Report& report);

/// ✓ ✗ – ? ○
[[nodiscard]] std::string_view symbol_of(Verdict verdict);

/// "2 contained, 1 escaped, 0 unsupported, 0 inconclusive", the open
/// and the waived where there are any.
[[nodiscard]] std::string counts_of(const Summary& summary);

/// A visible name for each run, no two the same: the second "crun" is
/// "crun (2)".
[[nodiscard]] std::vector<std::string> names_of_runs(const Report& report);

}  // namespace bulkhead::verify
