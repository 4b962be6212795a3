#include "runtime/plan/bpf_diagram.h"

#include <linux/filter.h>

#include <algorithm>

namespace bulkhead {
namespace {

constexpr std::size_t kMostNodes = 50'000;
constexpr unsigned kBits = 32;

/// The highest bit of a word is asked first.
std::uint32_t variable_of(std::uint32_t word, unsigned bit) {
  return word * kBits + (kBits - 1 - bit);
}

bool has(std::uint32_t number, unsigned bit) {
  return (number >> bit & 1) != 0;
}

}  // namespace

std::size_t BpfDiagram::Hash::operator()(const Node& node) const {
  constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15;
  std::uint64_t hash = (std::uint64_t{node.variable} << 32 | node.low) * kOdd;
  hash = (hash ^ hash >> 29 ^ node.high) * kOdd;
  return hash ^ hash >> 32;
}

BpfDiagram::BpfDiagram() {
  // Their `high` is no action's: conditions and answers never meet.
  nodes_ = {{kEnd, 0, 1}, {kEnd, 1, 1}};
}

BpfDiagram::Id BpfDiagram::make(Node node) {
  const auto [found, added] =
      known_.try_emplace(node, static_cast<Id>(nodes_.size()));
  if (!added) return found->second;
  if (nodes_.size() >= kMostNodes) {
    gave_up_ = true;
    known_.erase(found);
    return kNever;
  }
  nodes_.push_back(node);
  return found->second;
}

BpfDiagram::Id BpfDiagram::branch(std::uint32_t variable, Id low, Id high) {
  return low == high ? low : make({variable, low, high});
}

BpfDiagram::Id BpfDiagram::answer(std::uint32_t action) {
  return make({kEnd, action, 0});
}

BpfDiagram::Id BpfDiagram::equal(const BpfTest& test) {
  if ((test.constant & ~test.mask) != 0) return kNever;
  Id all = kAlways;
  for (unsigned bit = 0; bit < kBits; ++bit) {
    if (!has(test.mask, bit)) continue;
    const bool one = has(test.constant, bit);
    all = branch(variable_of(test.word, bit), one ? kNever : all,
                 one ? all : kNever);
  }
  return all;
}

/// Greater than the constant, or equal and `where_equal`.
BpfDiagram::Id BpfDiagram::above(const BpfTest& test, Id where_equal) {
  Id above = where_equal;
  for (unsigned bit = 0; bit < kBits; ++bit) {
    const bool one = has(test.constant, bit);
    if (!has(test.mask, bit)) {
      if (one) above = kNever;
      continue;
    }
    above = branch(variable_of(test.word, bit), one ? kNever : above,
                   one ? above : kAlways);
  }
  return above;
}

BpfDiagram::Id BpfDiagram::condition(const BpfTest& test) {
  switch (test.operation) {
    case BPF_JEQ:
      return equal(test);
    case BPF_JGT:
      return above(test, kNever);
    case BPF_JGE:
      return above(test, kAlways);
    default: {  // BPF_JSET
      BpfTest none = test;
      none.mask &= test.constant;
      none.constant = 0;
      return choose(equal(none), kNever, kAlways);
    }
  }
}

BpfDiagram::Id BpfDiagram::choose(Id condition, Id yes, Id no) {
  if (condition == kAlways || yes == no) return yes;
  if (condition == kNever) return no;
  if (yes == kAlways && no == kNever) return condition;
  const Node question = {condition, yes, no};
  if (const auto found = chosen_.find(question); found != chosen_.end()) {
    return found->second;
  }
  const std::uint32_t top = std::min(
      {nodes_[condition].variable, nodes_[yes].variable, nodes_[no].variable});
  const auto side = [&](Id of, bool high) {
    const Node& node = nodes_[of];
    if (node.variable != top) return of;
    return high ? node.high : node.low;
  };
  const Id low =
      choose(side(condition, false), side(yes, false), side(no, false));
  const Id high =
      choose(side(condition, true), side(yes, true), side(no, true));
  const Id result = branch(top, low, high);
  chosen_.emplace(question, result);
  return result;
}

BpfDiagram::Id BpfDiagram::within(Id of, Id condition) {
  const Node whole = nodes_[of];
  if (condition == kAlways || whole.variable == kEnd) return of;
  const Node question = {condition, of, 0};
  if (const auto found = narrowed_.find(question); found != narrowed_.end()) {
    return found->second;
  }
  const Node care = nodes_[condition];
  const std::uint32_t top = std::min(care.variable, whole.variable);
  const bool splits = whole.variable == top;
  const bool cares = care.variable == top;
  const auto side = [&](bool high) {
    const Id part = high ? whole.high : whole.low;
    const Id where = high ? care.high : care.low;
    return within(splits ? part : of, cares ? where : condition);
  };
  Id result = 0;
  if (cares && care.low == kNever) {
    result = side(true);
  } else if (cares && care.high == kNever) {
    result = side(false);
  } else {
    const Id low = side(false);
    result = branch(top, low, side(true));
  }
  narrowed_.emplace(question, result);
  return result;
}

std::optional<std::uint32_t> BpfDiagram::only_answer(Id of) const {
  const Node& node = nodes_[of];
  if (node.variable != kEnd) return std::nullopt;
  return node.low;
}

/// Of each action, the share of the calls that meet it.
const BpfDiagram::Shares& BpfDiagram::shares(Id of,
                                             std::map<Id, Shares>& known) {
  if (const auto found = known.find(of); found != known.end()) {
    return found->second;
  }
  const Node node = nodes_[of];
  Shares all;
  if (node.variable == kEnd) {
    all[node.low] = 1;
  } else {
    for (const Id side : {node.low, node.high}) {
      for (const auto& [action, share] : shares(side, known)) {
        all[action] += share / 2;
      }
    }
  }
  return known.emplace(of, std::move(all)).first->second;
}

std::uint32_t BpfDiagram::usual_answer(Id of) {
  std::map<Id, Shares> known;
  const Shares& all = shares(of, known);
  return std::ranges::max_element(all, {},
                                  [](const auto& one) { return one.second; })
      ->first;
}

}  // namespace bulkhead
