// What the figures are to reach, as data, and whether a run reaches it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bench/model.h"

namespace bulkhead::bench {

/// What is computed of a row, mostly against another.
enum class Measure : std::uint8_t {
  kRatioOfMedians,
  kRatioOfBestDeciles,
  kTail,        ///< p99 by the row's own median.
  kMedian,      ///< In the group's unit.
  kDifference,  ///< Of medians, in the group's unit: the row's less the
                ///< other's.
};

/// A row and one of its metrics.
struct Place {
  const char* group = "";
  const char* row = "";
  const char* metric = "first";
};

struct Goal {
  const char* text;  ///< "bulkhead run, against crun of Debian 12"
  Measure measure;
  Place of;
  Place against;
  double bound;
  bool at_least = false;  ///< Otherwise at most.
};

[[nodiscard]] std::span<const Goal> goals();

/// The figure of `goal` in `run`; nothing where it was not measured.
[[nodiscard]] std::optional<double> figure_of(const Goal& goal,
                                              const Figures& run);
/// The same of best deciles, which other work on the machine reaches least;
/// nothing for a tail.
[[nodiscard]] std::optional<double> best_figure_of(const Goal& goal,
                                                   const Figures& run);
[[nodiscard]] bool is_met(const Goal& goal, double figure);

/// "at most 0.125", "at least 1000"
[[nodiscard]] std::string bound_text(const Goal& goal);

/// How one goal reads in a report.
struct GoalLine {
  std::string text;
  std::string bound;
  std::string figure;  ///< "–" where it was not measured.
  std::string best;    ///< best_figure_of(), or "–".
  /// "met", "not met", "undecided" (the goal lies inside the figure's 95 %
  /// interval), "not measured", or, of a quick run, "not judged".
  std::string word;
};
[[nodiscard]] std::vector<GoalLine> goal_lines(const Figures& run);

}  // namespace bulkhead::bench
