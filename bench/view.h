// What the reports for people show of a row: derived from its samples each
// time, so that all forms say the same.
#pragma once

#include <optional>
#include <string>

#include "bench/model.h"

namespace bulkhead::bench {

/// One row against another of its group.
struct Ratio {
  double of_medians = 0;
  Interval interval;  ///< 95 %, bootstrap.
  double of_best_deciles = 0;
};

struct RowView {
  double p10 = 0;
  double median = 0;
  double p99 = 0;
  std::optional<Ratio> to_baseline;
  std::optional<Ratio> to_subject;  ///< Of the group's `subject`.
};

/// Nothing where the row was not measured.
[[nodiscard]] std::optional<RowView> view_of(const Group& group,
                                             const Row& row);

/// A row's samples as shown; null where there are none.
[[nodiscard]] const Sample* shown_samples(const Group& group, const Row& row);

/// "62.0", "1 234": as many digits as mean something.
[[nodiscard]] std::string number_text(double value);
/// "10.7 [10.5–10.9]"
[[nodiscard]] std::string ratio_text(const Ratio& ratio);

/// One line about machine and one about its noise.
[[nodiscard]] std::string machine_text(const Figures& run);
[[nodiscard]] std::string noise_text(const Figures& run);

}  // namespace bulkhead::bench
