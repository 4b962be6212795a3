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

/// What follows one upon the other, from `begin` on.
struct Line {
  std::uint64_t begin;
  std::vector<End> ends;
};

/// What the caller does while the child waits for it.
Line beside_the_child(const Plan& plan, const StartStamps& stamps) {
  Line line{stamps.cloned, {}};
  add_steps(plan, plan.beside, stamps, line.ends);
  if (!line.ends.empty()) {
    line.ends.front().name = "id maps and " + line.ends.front().name;
  }
  line.ends.push_back({"limits of the cgroup",
                       "with their read-back, and the child woken",
                       stamps.served});
  for (End& end : line.ends) end.name = "beside the child: " + end.name;
  return line;
}

/// From the call to the first instruction.
Line to_the_first(const Plan& plan, const StartStamps& stamps,
                  const Record& record) {
  std::vector<End> ends = {
      {"cgroup", "made by the caller, and limited while the child waits",
       stamps.cgroup}};
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
        "the namespaces but for the network; " + after.front().about;
  }
  std::ranges::move(after, std::back_inserter(ends));
  ends.push_back({"exec", "execve to the first instruction", record.stamp});
  return {stamps.called, std::move(ends)};
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
    if (!counts) return times;
    add(to_the_first(plan_, stamps, record));
    if (stamps.served != 0) add(beside_the_child(plan_, stamps));
    return times;
  }

  [[nodiscard]] std::vector<Row> take() { return std::move(rows_); }

 private:
  void add(const Line& line) {
    std::uint64_t last = line.begin;
    for (const End& end : line.ends) {
      row(end).push_back(ground_.us(last, end.stamp));
      last = end.stamp;
    }
  }

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
