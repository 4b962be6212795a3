// Where the time of one start goes: the stamps that the plan's own steps left,
// from the very starts that are timed.
#include <algorithm>
#include <set>

#include "bench/groups.h"
#include "bench/starts.h"

namespace bulkhead::bench {
namespace {

/// A step and when it ended.
struct End {
  std::string name;
  std::string about;
  std::uint64_t stamp;
};

/// The steps among `calls` in the order in which they end. Calls of one step
/// may lie apart: what lies between is told of the step that ended later.
std::vector<std::uint16_t> order_of(const std::vector<Call>& calls) {
  std::vector<std::uint16_t> order;
  for (auto call = calls.rbegin(); call != calls.rend(); ++call) {
    if (std::ranges::find(order, call->step) == order.end()) {
      order.push_back(call->step);
    }
  }
  std::ranges::reverse(order);
  return order;
}

void add_steps(const Plan& plan, const std::vector<Call>& calls,
               const StartStamps& stamps, std::vector<End>& ends) {
  for (const std::uint16_t index : order_of(calls)) {
    if (stamps.steps[index] == 0) continue;
    const Step& step = plan.steps[index];
    ends.push_back({step.name, step.reason, stamps.steps[index]});
  }
}

std::vector<End> timeline(const Plan& plan, const StartStamps& stamps,
                          const Record& record) {
  std::vector<End> ends = {
      {"cgroup", "made, limited and read back by the caller", stamps.cgroup}};
  std::vector<End> before;
  add_steps(plan, plan.before, stamps, before);
  for (End& end : before) end.name = "before clone: " + end.name;
  std::ranges::move(before, std::back_inserter(ends));
  ends.push_back({"before clone: rest", "pipes, slots", stamps.before});
  std::vector<End> after;
  add_steps(plan, plan.child, stamps, after);
  if (!after.empty()) {
    after.front().name = "clone3 and " + after.front().name;
    after.front().about =
        "the namespaces, the id maps where they are waited for; " +
        after.front().about;
  }
  std::ranges::move(after, std::back_inserter(ends));
  ends.push_back({"exec", "execve to the first instruction", record.stamp});
  return ends;
}

class Steps {
 public:
  Steps(Ground& ground, Plan plan) : ground_(ground), plan_(std::move(plan)) {}

  /// One start; the part that each step took goes to its row.
  Result<Times> once(bool counts) {
    StartStamps stamps;
    Record record{};
    const auto start_by = [&](const Plan& plan) {
      return start(plan, &stamps);
    };
    Result<Times> times = start_once(ground_, plan_, start_by, &record);
    if (!times) return times;
    std::uint64_t last = stamps.called;
    for (const End& end : timeline(plan_, stamps, record)) {
      if (counts) row(end).push_back(ground_.us(last, end.stamp));
      last = end.stamp;
    }
    return times;
  }

  [[nodiscard]] std::vector<Row> take() { return std::move(rows_); }

 private:
  Sample& row(const End& end) {
    const auto found = std::ranges::find(rows_, end.name, &Row::name);
    if (found != rows_.end()) return found->samples["first"];
    rows_.push_back({.name = end.name, .about = end.about, .baseline = kFloor});
    return rows_.back().samples["first"];
  }

  Ground& ground_;
  Plan plan_;
  std::vector<Row> rows_;
};

}  // namespace

std::vector<Group> measure_steps(Ground& ground) {
  Group group{.name = "steps",
              .title = "Where the time of a cold start goes, step by step"};
  Result<Plan> plan = make_plan(ground.hardened("steps"), ground.host);
  if (!plan) {
    group.rows.push_back(
        {.name = "whole start", .error = plan.error().message()});
    return {std::move(group)};
  }
  Steps steps(ground, std::move(*plan));
  bool warm = false;
  group.rows = measure(
      ground, ground.effort.rounds,
      {floor_variant(ground),
       {.name = "whole start",
        .about = "cold; the steps below are its parts",
        .baseline = kFloor,
        .once = [&] { return steps.once(std::exchange(warm, true)); }}});
  for (Row& row : steps.take()) group.rows.push_back(std::move(row));
  return {std::move(group)};
}

}  // namespace bulkhead::bench
