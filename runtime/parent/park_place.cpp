#include "runtime/parent/park_place.h"

#include <algorithm>

namespace bulkhead {

std::optional<std::size_t> park_index(const Plan& plan, ParkAt where) {
  // Until exec it has the caller's memory: nobody else may be where it is.
  const bool joins = std::ranges::any_of(
      plan.spec.namespaces,
      [](const Namespace& ns) { return ns.mode == NamespaceMode::kJoin; });
  if (joins || plan.spec.ns(NamespaceKind::kPid).mode != NamespaceMode::kNew) {
    return {};
  }
  // The kernel would give the score to all who share the memory.
  if (plan.spec.process.oom_score_adj && plan.share_memory) return {};
  const auto first_of = [&](auto&& is) -> std::optional<std::size_t> {
    const auto call = std::ranges::find_if(plan.child, [&](const Call& one) {
      return is(one, plan.steps[one.step]);
    });
    if (call == plan.child.end() || call == plan.child.begin()) return {};
    return static_cast<std::size_t>(call - plan.child.begin());
  };
  switch (where) {
    case ParkAt::kNowhere:
      return {};
    case ParkAt::kTree:
      return first_of([&](const Call& call, const Step&) {
        return call.step >= plan.last_steps;
      });
    case ParkAt::kFilter:
      return first_of([](const Call&, const Step& step) {
        return step.boundary == Boundary::kSeccomp;
      });
    case ParkAt::kExec:
      return first_of(
          [](const Call& call, const Step&) { return call.op == Op::kExec; });
  }
  return {};
}

}  // namespace bulkhead
