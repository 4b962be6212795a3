#include "bench/goals.h"

#include <fmt/format.h>

#include "bench/view.h"

namespace bulkhead::bench {
namespace {

using enum Measure;

constexpr Place kVfork = {"start", "vfork+exec"};
constexpr Place kCold = {"start", "cold"};
constexpr Place kPrepared = {"start", "prepared"};
constexpr Place kStrict = {"start", "prepared, strict"};
constexpr Place kParked = {"start", "parked"};

constexpr Place peer(const char* row) { return {"peers", row, "total"}; }
constexpr Place value(const char* group, const char* row) {
  return {group, row, "value"};
}

constexpr Place kRun = peer("bulkhead run");

/// The figure with quantile `q` in the place of each median.
std::optional<double> figure_at(const Goal& goal, const Figures& run,
                                double q) {
  const auto at = [&](const Place& place) {
    return run.samples(place.group, place.row, place.metric);
  };
  const Sample* const of = at(goal.of);
  if (of == nullptr) return std::nullopt;
  if (goal.measure == kMedian) return quantile(*of, q);
  if (goal.measure == kTail) return quantile(*of, 0.99) / median(*of);
  const Sample* const against = at(goal.against);
  if (against == nullptr) return std::nullopt;
  const double one = quantile(*of, q);
  const double other = quantile(*against, q);
  return goal.measure == kDifference ? one - other : one / other;
}

/// What chance leaves open about a figure that compares two rows.
std::optional<Interval> interval_of(const Goal& goal, const Figures& run) {
  if (goal.measure == kTail || goal.measure == kMedian) return std::nullopt;
  const Sample* const of =
      run.samples(goal.of.group, goal.of.row, goal.of.metric);
  const Sample* const against =
      run.samples(goal.against.group, goal.against.row, goal.against.metric);
  if (of == nullptr || against == nullptr) return std::nullopt;
  if (goal.measure == kDifference) return difference_interval(*of, *against);
  return ratio_interval(*of, *against,
                        goal.measure == kRatioOfBestDeciles ? 0.1 : 0.5);
}

const char* word_for(const Goal& goal, const std::optional<double>& figure,
                     const Figures& run) {
  if (!figure) return "not measured";
  if (run.quick) return "not judged";
  if (const auto interval = interval_of(goal, run);
      interval && is_met(goal, interval->low) != is_met(goal, interval->high)) {
    return "undecided";
  }
  return is_met(goal, *figure) ? "met" : "not met";
}

constexpr Goal kGoals[] = {
    {"bulkhead run, whole process, by Debian's crun", kRatioOfMedians, kRun,
     peer("crun"), 1.0 / 8},
    {"bulkhead run by the newest crun, best deciles", kRatioOfBestDeciles, kRun,
     peer("crun-newest"), 1.0 / 4.5},
    {"bulkhead run by runc", kRatioOfMedians, kRun, peer("runc"), 1.0 / 20},
    {"bulkhead run by bwrap", kRatioOfMedians, kRun, peer("bwrap"), 1.0 / 2.8},
    {"bulkhead run by unshare, namespaces alone", kRatioOfMedians, kRun,
     peer("unshare"), 1},
    {"bulkhead run by a plain spawn", kRatioOfMedians, kRun, peer("spawn"), 12},
    {"bulkhead run through a pool by a plain spawn", kRatioOfMedians,
     peer("bulkhead run, pool"), peer("spawn"), 2.5},
    {"cold start by vfork+exec", kRatioOfMedians, kCold, kVfork, 10},
    {"prepared network, cgroup and template by vfork+exec", kRatioOfMedians,
     kPrepared, kVfork, 4},
    {"prepared, strict profile by vfork+exec", kRatioOfMedians, kStrict, kVfork,
     3.2},
    {"parked by vfork+exec", kRatioOfMedians, kParked, kVfork, 1},
    {"cold: p99 by its median", kTail, kCold, {}, 2},
    {"prepared: p99 by its median", kTail, kPrepared, {}, 2},
    {"parked: p99 by its median", kTail, kParked, {}, 2},
    {"waits for RCU in a cold start", kMedian, value("rcu", "cold"), {}, 0},
    {"caller of 1 GB by one of 10 MB",
     kRatioOfMedians,
     {"scale/rss", "cold at 1024 MB"},
     {"scale/rss", "cold at 10 MB"},
     1.1},
    {"1,000 more mounts by none",
     kRatioOfMedians,
     {"scale/mounts", "cold at 1000"},
     {"scale/mounts", "cold at 0"},
     1.15},
    {"2,000 more processes by none",
     kRatioOfMedians,
     {"scale/processes", "cold at 2000"},
     {"scale/processes", "cold at 0"},
     1.15},
    {"1,000 live containers by none",
     kRatioOfMedians,
     {"scale/live", "cold at 1000"},
     {"scale/live", "cold at 0"},
     1.35},
    {"full starts a second, best number of starters",
     kMedian,
     value("scale/starters", "cold, best"),
     {},
     1000,
     true},
    {"kB of kernel memory a live container",
     kMedian,
     value("scale/memory", "kernel, whole machine"),
     {},
     450},
    {"read-back, us", kDifference, kCold, {"start", "without read-back"}, 300},
    {"cold start by the same kernel objects, bare",
     kRatioOfMedians,
     kCold,
     {"start", "same kernel objects"},
     1.3},
};

}  // namespace

std::span<const Goal> goals() { return kGoals; }

std::optional<double> figure_of(const Goal& goal, const Figures& run) {
  const double q = goal.measure == kRatioOfBestDeciles ? 0.1 : 0.5;
  return figure_at(goal, run, q);
}

std::optional<double> best_figure_of(const Goal& goal, const Figures& run) {
  if (goal.measure == kTail) return std::nullopt;
  return figure_at(goal, run, goal.at_least ? 0.9 : 0.1);
}

bool is_met(const Goal& goal, double figure) {
  return goal.at_least ? figure >= goal.bound : figure <= goal.bound;
}

std::string bound_text(const Goal& goal) {
  return fmt::format("{} {:.4g}", goal.at_least ? "at least" : "at most",
                     goal.bound);
}

std::vector<GoalLine> goal_lines(const Figures& run) {
  std::vector<GoalLine> lines;
  for (const Goal& goal : goals()) {
    const auto figure = figure_of(goal, run);
    const auto best = best_figure_of(goal, run);
    lines.push_back(
        {goal.text, bound_text(goal), figure ? number_text(*figure) : "–",
         best ? number_text(*best) : "–", word_for(goal, figure, run)});
  }
  return lines;
}

}  // namespace bulkhead::bench
