#include "bench/report_tty.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "bench/goals.h"
#include "bench/view.h"
#include "verify/visible.h"

namespace bulkhead::bench {
namespace {

using verify::visible;

constexpr int kBarCells = 16;
constexpr std::size_t kWidestName = 44;

/// A bar of eighths: `value` of `whole`.
std::string bar(double value, double whole) {
  static constexpr const char* kEighths[] = {"",  "▏", "▎", "▍",
                                             "▌", "▋", "▊", "▉"};
  const double share = whole > 0 ? std::clamp(value / whole, 0.0, 1.0) : 0;
  const int eighths = static_cast<int>(std::lround(share * kBarCells * 8));
  std::string text;
  for (int i = 0; i < eighths / 8; ++i) text += "█";
  text += kEighths[eighths % 8];
  const int used = eighths / 8 + (eighths % 8 == 0 ? 0 : 1);
  return text + std::string(static_cast<std::size_t>(kBarCells - used), ' ');
}

std::string shortened(const std::string& name) {
  const std::string safe = visible(name);
  return safe.size() <= kWidestName ? safe
                                    : safe.substr(0, kWidestName - 3) + "...";
}

/// The columns after the bar.
std::string columns(const Group& group, const RowView& view) {
  std::string text = fmt::format("{:>9} {:>9} {:>9}", number_text(view.median),
                                 number_text(view.p10), number_text(view.p99));
  text += fmt::format("  {:<20}",
                      view.to_baseline ? ratio_text(*view.to_baseline) : "");
  if (!group.subject.empty() && view.to_subject) {
    text += fmt::format("  {:<20} {:>7}", ratio_text(*view.to_subject),
                        number_text(view.to_subject->of_best_deciles));
  }
  while (text.ends_with(' ')) text.pop_back();
  return text;
}

std::string table(const Group& group) {
  std::size_t width = 0;
  double largest = 0;
  bool compared = false;
  for (const Row& row : group.rows) {
    width = std::max(width, shortened(row.name).size());
    if (const auto view = view_of(group, row)) {
      largest = std::max(largest, view->median);
      compared = compared || view->to_baseline;
    }
  }
  std::string text = fmt::format(
      "\n{}: {} [{}, {}]\n", visible(group.name), visible(group.title),
      group.unit, group.more_is_better ? "more is better" : "less is better");
  std::string heading = fmt::format(
      "  {:<{}}  {:<{}} {:>9} {:>9} {:>9}  {:<20}", "", width, "", kBarCells,
      "median", "p10", "p99", compared ? "x baseline [95 %]" : "");
  if (!group.subject.empty()) {
    heading +=
        fmt::format("  x {} [95 %], best deciles", visible(group.subject));
  }
  while (heading.ends_with(' ')) heading.pop_back();
  text += heading + "\n";
  for (const Row& row : group.rows) {
    const auto view = view_of(group, row);
    text += fmt::format("  {:<{}}  ", shortened(row.name), width);
    text += view ? bar(view->median, largest) + " " + columns(group, *view)
                 : "not measured: " + visible(row.error);
    text += "\n";
  }
  return text;
}

/// What the variants are, once for each group.
std::string legend(const Group& group) {
  std::string text;
  for (const Row& row : group.rows) {
    if (row.about.empty()) continue;
    text +=
        fmt::format("    {}: {}\n", shortened(row.name), visible(row.about));
  }
  return text;
}

std::string goals_table(const Figures& run) {
  std::string text =
      fmt::format("\ngoals\n  {:<12} {:>9} {:>9}\n", "", "figure", "best");
  for (const GoalLine& line : goal_lines(run)) {
    const auto plain = [](const std::string& figure) {
      return figure == "–" ? "-" : figure;
    };
    text += fmt::format("  {:<12} {:>9} {:>9}  {:<15} {}\n", line.word,
                        plain(line.figure), plain(line.best), line.bound,
                        line.text);
  }
  text +=
      "  best: best deciles in the place of medians, for a machine that is "
      "not quiet\n";
  return text;
}

}  // namespace

std::string to_tty(const Figures& run) {
  std::string text = visible(machine_text(run)) + "\n";
  text += "noise: " + noise_text(run) + "\n";
  for (const Group& group : run.groups) {
    text += table(group);
    if (!group.subject.empty() || group.unit == "calls") text += legend(group);
  }
  for (const Absent& absent : run.absent) {
    text += fmt::format("\nnot measured: {} {}: {}\n", visible(absent.group),
                        visible(absent.name), visible(absent.reason));
  }
  return text + goals_table(run);
}

}  // namespace bulkhead::bench
