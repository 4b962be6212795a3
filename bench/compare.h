// Two runs against each other: faster, slower, or no difference, by a rank
// test on ratios to each run's own baseline, never on times.
#pragma once

#include <string>
#include <vector>

#include "bench/model.h"

namespace bulkhead::bench {

/// What counts as a difference: all three must hold.
struct Threshold {
  double alpha = 0.01;         ///< Of the whole comparison (Holm's correction).
  double least_change = 0.05;  ///< Of the medians, as a part of the first.
  double least_delta = 0.33;   ///< Cliff's delta: "medium" by convention.
};

enum class Change : std::uint8_t { kNone, kFaster, kSlower, kTooFew };

struct Compared {
  std::string group;
  std::string row;
  double before = 0;  ///< Median of the ratios (or of what is no time).
  double after = 0;
  double p = 1;  ///< Corrected.
  double delta = 0;
  Change change = Change::kNone;
};

struct Comparison {
  Threshold threshold;
  std::vector<Compared> rows;
  /// Rows that only one of the two has, or that were not measured in one.
  std::vector<std::string> not_compared;

  [[nodiscard]] bool any(Change change) const;
};

[[nodiscard]] Comparison compare(const Figures& before, const Figures& after,
                                 const Threshold& threshold);

[[nodiscard]] std::string to_tty(const Comparison& comparison);
[[nodiscard]] std::string to_json_text(const Comparison& comparison);

}  // namespace bulkhead::bench
