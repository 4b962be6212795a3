#include "bench/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "bench/view.h"
#include "verify/visible.h"

namespace bulkhead::bench {
namespace {

/// With fewer of each no test can say anything at a usual alpha.
constexpr std::size_t kFewest = 8;

bool is_time(const Group& group) { return group.unit == "us"; }

/// What of a row is comparable between machines; nothing: it is no such row.
std::optional<Sample> comparable(const Group& group, const Row& row) {
  const Sample* const sample = shown_samples(group, row);
  if (sample == nullptr) return std::nullopt;
  if (row.baseline.empty()) {
    // A time without a baseline is one of the machine's; memory is not.
    return is_time(group) || group.more_is_better ? std::nullopt
                                                  : std::optional(*sample);
  }
  const Row* const base = group.find(row.baseline);
  const Sample* const floor =
      base == nullptr ? nullptr : shown_samples(group, *base);
  if (floor == nullptr ||
      std::ranges::any_of(*floor, [](double value) { return value <= 0; })) {
    return std::nullopt;
  }
  return ratios(*sample, *floor);
}

bool is_baseline(const Group& group, const Row& row) {
  return std::ranges::any_of(
      group.rows, [&](const Row& one) { return one.baseline == row.name; });
}

Change judge(const Compared& row, bool more_is_better,
             const Threshold& threshold) {
  const double change = row.after / row.before - 1;
  if (row.p >= threshold.alpha ||
      !(std::abs(change) >= threshold.least_change) ||
      std::abs(row.delta) < threshold.least_delta) {
    return Change::kNone;
  }
  return (change < 0) != more_is_better ? Change::kFaster : Change::kSlower;
}

const char* word_of(Change change) {
  switch (change) {
    case Change::kNone:
      return "no difference";
    case Change::kFaster:
      return "faster";
    case Change::kSlower:
      return "slower";
    case Change::kTooFew:
      return "too few samples";
  }
  return "";
}

class Comparer {
 public:
  Comparer(const Figures& before, const Figures& after,
           const Threshold& threshold)
      : before_(before), after_(after) {
    result_.threshold = threshold;
  }

  Comparison run() {
    for (const Group& group : before_.groups) {
      const Group* const other = after_.find(group.name);
      if (other == nullptr) {
        result_.not_compared.push_back(group.name + ": only in the first");
        continue;
      }
      for (const Row& row : group.rows) add(group, row, *other);
      for (const Row& row : other->rows) {
        if (group.find(row.name) == nullptr) {
          lacks(*other, row, "only in the second");
        }
      }
    }
    for (const Group& group : after_.groups) {
      if (before_.find(group.name) == nullptr) {
        result_.not_compared.push_back(group.name + ": only in the second");
      }
    }
    decide();
    return std::move(result_);
  }

 private:
  void lacks(const Group& group, const Row& row, const std::string& why) {
    result_.not_compared.push_back(group.name + ": " + row.name + ": " + why);
  }

  void add(const Group& group, const Row& row, const Group& other) {
    const Row* const twin = other.find(row.name);
    if (twin == nullptr) return lacks(group, row, "only in the first");
    const auto first = comparable(group, row);
    const auto second = comparable(other, *twin);
    if (!first || !second) {
      if (!is_baseline(group, row)) lacks(group, row, "not measured in both");
      return;
    }
    const RankTest test = rank_test(*second, *first);
    result_.rows.push_back({.group = group.name,
                            .row = row.name,
                            .before = median(*first),
                            .after = median(*second),
                            .p = test.p,
                            .delta = test.delta});
    more_is_better_.push_back(group.more_is_better);
    too_few_.push_back(std::min(first->size(), second->size()) < kFewest);
  }

  void decide() {
    std::vector<double> p;
    for (const Compared& row : result_.rows) p.push_back(row.p);
    p = holm(p);
    for (std::size_t i = 0; i < p.size(); ++i) {
      Compared& row = result_.rows[i];
      row.p = p[i];
      row.change = too_few_[i]
                       ? Change::kTooFew
                       : judge(row, more_is_better_[i], result_.threshold);
    }
  }

  const Figures& before_;
  const Figures& after_;
  Comparison result_;
  std::vector<bool> more_is_better_;
  std::vector<bool> too_few_;
};

}  // namespace

bool Comparison::any(Change change) const {
  return std::ranges::any_of(
      rows, [&](const Compared& row) { return row.change == change; });
}

Comparison compare(const Figures& before, const Figures& after,
                   const Threshold& threshold) {
  return Comparer(before, after, threshold).run();
}

std::string to_tty(const Comparison& comparison) {
  const Threshold& threshold = comparison.threshold;
  std::string text = fmt::format(
      "Ratios to each run's own baseline. A difference: Mann-Whitney U, "
      "two-sided, p < {} after Holm's correction for {} rows; medians apart by "
      "{:.0f} % or more; Cliff's delta {} or more.\n\n",
      threshold.alpha, comparison.rows.size(), 100 * threshold.least_change,
      threshold.least_delta);
  for (const Compared& row : comparison.rows) {
    text += fmt::format(
        "  {:<15}  {:>9} → {:>9}  {:>+7.1f} %  p {:<8.2g} "
        "delta {:+.2f}  {}: {}\n",
        word_of(row.change), number_text(row.before), number_text(row.after),
        100 * (row.after / row.before - 1), row.p, row.delta,
        verify::visible(row.group), verify::visible(row.row));
  }
  for (const std::string& one : comparison.not_compared) {
    text += "  not compared     " + verify::visible(one) + "\n";
  }
  const auto count = [&](Change change) {
    return std::ranges::count(comparison.rows, change, &Compared::change);
  };
  return text + fmt::format(
                    "\n{} slower, {} faster, {} no difference, {} too "
                    "few samples\n",
                    count(Change::kSlower), count(Change::kFaster),
                    count(Change::kNone), count(Change::kTooFew));
}

std::string to_json_text(const Comparison& comparison) {
  nlohmann::json rows = nlohmann::json::array();
  for (const Compared& row : comparison.rows) {
    rows.push_back({{"group", row.group},
                    {"row", row.row},
                    {"before", row.before},
                    {"after", row.after},
                    {"p", row.p},
                    {"delta", row.delta},
                    {"change", word_of(row.change)}});
  }
  const Threshold& threshold = comparison.threshold;
  const nlohmann::json json = {{"schema", "bulkhead.bench.comparison/1"},
                               {"alpha", threshold.alpha},
                               {"least_change", threshold.least_change},
                               {"least_delta", threshold.least_delta},
                               {"rows", std::move(rows)},
                               {"not_compared", comparison.not_compared}};
  return json.dump(2) + "\n";
}

}  // namespace bulkhead::bench
