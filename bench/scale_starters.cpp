// Several starters at once, back to back: how many starts a second.
#include <algorithm>
#include <memory>

#include "bench/scale.h"
#include "bench/starts.h"
#include "bench/worker.h"

namespace bulkhead::bench {
namespace {

constexpr double kUsPerSecond = 1e6;
constexpr const char* kBest = "cold, best";

using Crew = std::vector<std::unique_ptr<Worker>>;

Result<Batch> prepare_floor(Ground& ground) {
  return Batch{.once = [&ground] { return clone_once(ground, 0); }};
}

Result<Batch> prepare_cold(Ground& ground, std::size_t number) {
  Result<Plan> compiled = make_plan(
      ground.hardened("starter-" + std::to_string(number)), ground.host);
  if (!compiled) return tl::unexpected(compiled.error());
  auto plan = std::make_shared<Plan>(std::move(*compiled));
  return Batch{.once = [&ground, plan] {
    return start_once(ground, *plan,
                      [](const Plan& one) { return start(one); });
  }};
}

/// Starts a second of the first `count` of `crew`, each doing `starts`.
Result<double> rate(const Ground& ground, const Crew& crew, int count,
                    int starts) {
  const std::uint64_t begin = stamp();
  Status trouble;
  for (int i = 0; i < count; ++i) {
    const Status asked = crew[static_cast<std::size_t>(i)]->ask(starts);
    if (!asked) trouble = asked;
  }
  // Whoever was asked answers, or the next question would get this answer.
  for (int i = 0; i < count; ++i) {
    const Result<Times> answer = crew[static_cast<std::size_t>(i)]->answer();
    if (!answer && trouble) trouble = tl::unexpected(answer.error());
  }
  const double us = ground.us(begin, stamp());
  if (!trouble) return tl::unexpected(trouble.error());
  return count * starts * kUsPerSecond / us;
}

std::string name_at(const std::string& name, int count) {
  return name + " by " + std::to_string(count);
}

/// The row with the highest median, once more under a name of its own.
void add_best(Group& group, const std::string& prefix) {
  const Row* best = nullptr;
  for (const Row& row : group.rows) {
    if (!row.name.starts_with(prefix) || !row.error.empty()) continue;
    if (best == nullptr ||
        median(row.samples.at("value")) > median(best->samples.at("value"))) {
      best = &row;
    }
  }
  if (best == nullptr) return;
  Row copy = *best;
  copy.about = "the row " + best->name;
  copy.name = kBest;
  group.rows.push_back(std::move(copy));
}

}  // namespace

Group measure_starters(Ground& ground) {
  Group group{.name = "scale/starters",
              .title =
                  "Starts a second with all their ends, by starters at "
                  "the same time, without gaps",
              .metric = "value",
              .unit = "starts/s",
              .more_is_better = true};
  const bool quick = ground.effort.quick;
  const std::vector<int> counts =
      quick ? std::vector{1, 2} : std::vector{1, 2, 4, 8};
  const int starts = quick ? 2 : 40;
  const int rounds = quick ? 1 : std::max(3, ground.effort.rounds / 10);
  Crew floors;
  Crew colds;
  for (int i = 0; i < counts.back(); ++i) {
    floors.push_back(std::make_unique<Worker>(
        ground, [&] { return prepare_floor(ground); }));
    colds.push_back(std::make_unique<Worker>(
        ground,
        [&, number = colds.size()] { return prepare_cold(ground, number); }));
  }
  for (const int count : counts) {
    group.rows.push_back({.name = name_at(kFloor, count)});
    group.rows.push_back({.name = name_at("cold", count),
                          .about = "a compiled plan, every boundary",
                          .baseline = name_at(kFloor, count)});
  }
  for (int round = 0; round < rounds; ++round) {
    ground.progress("starters, round " + std::to_string(round + 1));
    for (std::size_t i = 0; i < group.rows.size(); ++i) {
      Row& row = group.rows[i];
      if (!row.error.empty()) continue;
      const Result<double> found =
          rate(ground, i % 2 == 0 ? floors : colds, counts[i / 2], starts);
      if (found) {
        row.samples["value"].push_back(*found);
      } else {
        row.error = found.error().message();
        row.samples.clear();
      }
    }
  }
  add_best(group, "cold by ");
  return group;
}

}  // namespace bulkhead::bench
