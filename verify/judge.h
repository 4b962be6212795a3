// The verdict: one pure function from what was observed to what is said.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "probes/probe.h"

namespace bulkhead::verify {

enum class Verdict {
  kContained,
  kEscaped,
  kUnsupported,
  kInconclusive,
  kOpen,  ///< The user's own config does not ask for it (judge_asked.h).
};

inline constexpr std::array<std::string_view, 5> kVerdictNames = {
    "contained", "escaped", "unsupported", "inconclusive", "open"};

[[nodiscard]] constexpr std::string_view name_of(Verdict verdict) {
  return kVerdictNames[static_cast<std::size_t>(verdict)];
}

/// Whether something trustworthy was seen, and came out as `outcome`.
[[nodiscard]] inline bool is(const std::optional<probes::Observation>& seen,
                             probes::Outcome outcome) {
  return seen && seen->outcome == outcome;
}

/// What is known about one probe under one subject. An absent observation
/// means that nothing trustworthy was seen: no record, a forged, cut or
/// replayed one, a timeout, a crash.
struct Observed {
  std::optional<probes::Observation> control;  ///< attempt, boundaries out
  std::optional<probes::Observation> control_outside;
  std::optional<probes::Observation> attempt;
  std::optional<probes::Observation> witness;
  std::optional<probes::Observation> outside;
  /// The claim has an outside half: without its answer nothing is contained.
  bool outside_expected = false;
};

struct Judgement {
  Verdict verdict = Verdict::kInconclusive;
  std::string reason;  ///< In plain words; empty when contained.
};

/// | control        | attempt                     | witness | verdict      |
/// |----------------|-----------------------------|---------|--------------|
/// | any            | reached, or outside changed | any     | escaped      |
/// | feature absent | refused or absent           | any     | unsupported  |
/// | reached        | refused, outside unchanged  | works   | contained    |
/// | anything else                                           | inconclusive |
[[nodiscard]] Judgement judge(const Observed& observed);

}  // namespace bulkhead::verify
