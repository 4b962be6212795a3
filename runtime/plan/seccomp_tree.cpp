#include "runtime/plan/seccomp_tree.h"

#include <linux/seccomp.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>

#include "runtime/plan/bpf_graph.h"
#include "runtime/plan/bpf_meaning.h"

namespace bulkhead {
namespace {

using Ref = BpfGraph::Ref;
using Meaning = BpfDiagram::Id;

/// Reads a filter call by call and writes down what of it is needed.
class Tree {
 public:
  explicit Tree(std::span<const sock_filter> code)
      : code_(code), reader_(code, diagram_) {}

  std::optional<std::vector<sock_filter>> written() {
    std::vector<BpfGraph::Span> architectures;
    for (const std::uint32_t arch : arch_turns(code_)) {
      std::vector<BpfGraph::Span> numbers;
      for (const std::uint32_t number : number_turns(code_, arch)) {
        reader_.take_call(arch, number);
        numbers.push_back({number, of_call()});
        if (diagram_.gave_up()) return std::nullopt;
      }
      architectures.push_back(
          {arch, graph_.over(kNumberWord, std::move(numbers))});
    }
    return graph_.code(graph_.over(kArchWord, std::move(architectures)));
  }

 private:
  /// For the arguments of one call.
  static constexpr std::size_t kMostSteps = 2'000;

  Ref of_call() {
    const Meaning meaning = reader_.meaning({});
    if (const auto found = calls_.find(meaning); found != calls_.end()) {
      return found->second;
    }
    tests_.clear();
    written_.clear();
    const Ref as_it_is = as_written({});
    // The narrower, the more likely to leave one answer.
    std::ranges::stable_sort(tests_, std::greater{}, [](const BpfTest& one) {
      return std::popcount(one.mask);
    });
    usual_ = diagram_.usual_answer(meaning);
    steps_ = 0;
    const Ref asked = arguments(meaning);
    const bool shorter =
        steps_ <= kMostSteps && graph_.size(asked) <= graph_.size(as_it_is);
    return calls_.emplace(meaning, shorter ? asked : as_it_is).first->second;
  }

  /// The questions as the filter has them; tests_ gets each.
  Ref as_written(BpfReader::Point point) {
    const BpfReader::Stop stop = reader_.next(point);
    if (stop.answers) return graph_.answer(stop.action);
    if (const auto found = written_.find(point); found != written_.end()) {
      return found->second;
    }
    if (std::ranges::find(tests_, stop.test) == tests_.end()) {
      tests_.push_back(stop.test);
    }
    const Ref yes = as_written(stop.yes);
    const Ref all = graph_.test(stop.test, yes, as_written(stop.no));
    written_.emplace(point, all);
    return all;
  }

  /// A question, and what is left to ask where it holds and where it does not.
  struct Split {
    BpfTest test;
    Meaning yes, no;
  };

  /// A question that leaves one answer, and not the usual one, on a side;
  /// else the first that leaves less to ask on both.
  std::optional<Split> best_split(Meaning meaning) {
    std::optional<Split> first;
    for (const BpfTest& test : tests_) {
      ++steps_;
      const BpfDiagram::Id holds = diagram_.condition(test);
      const BpfDiagram::Id fails =
          diagram_.choose(holds, BpfDiagram::kNever, BpfDiagram::kAlways);
      if (holds == BpfDiagram::kNever || fails == BpfDiagram::kNever) continue;
      const Split split = {test, diagram_.within(meaning, holds),
                           diagram_.within(meaning, fails)};
      if (split.yes == meaning || split.no == meaning) continue;
      for (const Meaning side : {split.yes, split.no}) {
        const auto only = diagram_.only_answer(side);
        if (only && *only != usual_) return split;
      }
      if (!first) first = split;
    }
    return first;
  }

  /// What must be asked to tell the answers of `meaning` apart.
  Ref arguments(Meaning meaning) {
    const auto only = diagram_.only_answer(meaning);
    if (only) return graph_.answer(*only);
    if (const auto found = known_.find(meaning); found != known_.end()) {
      return found->second;
    }
    std::optional<Split> split;
    if (steps_ <= kMostSteps && !diagram_.gave_up()) {
      split = best_split(meaning);
    }
    if (!split) {
      steps_ = kMostSteps + 1;  // Nothing of it is used.
      return graph_.answer(SECCOMP_RET_KILL_PROCESS);
    }
    const Ref yes = arguments(split->yes);
    const Ref all = graph_.test(split->test, yes, arguments(split->no));
    if (steps_ <= kMostSteps) known_.emplace(meaning, all);
    return all;
  }

  std::span<const sock_filter> code_;
  BpfDiagram diagram_;
  BpfReader reader_;
  BpfGraph graph_;
  std::map<Meaning, Ref> calls_;
  std::map<Meaning, Ref> known_;  ///< Of parts.
  std::map<BpfReader::Point, Ref> written_;
  std::vector<BpfTest> tests_;
  std::uint32_t usual_ = 0;
  std::size_t steps_ = 0;
};

}  // namespace

std::optional<std::vector<sock_filter>> as_tree(
    std::span<const sock_filter> code) {
  if (!is_readable(code)) return std::nullopt;
  auto tree = Tree(code).written();
  if (!tree || tree->size() >= code.size() || !proven_equal(code, *tree)) {
    return std::nullopt;
  }
  return tree;
}

}  // namespace bulkhead
