#include "runtime/plan/bpf_graph.h"

#include <linux/seccomp.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

namespace bulkhead {

/// Values from `first` on that are treated alike, but for the holes.
struct BpfGraph::Range {
  std::uint32_t first = 0;
  Ref then = 0;
  std::vector<Span> holes;
};

BpfGraph::Ref BpfGraph::add(const Node& node) {
  const auto [found, added] =
      known_.try_emplace(node, static_cast<Ref>(nodes_.size()));
  if (added) nodes_.push_back(node);
  return found->second;
}

BpfGraph::Ref BpfGraph::answer(std::uint32_t action) {
  return add({.answers = true, .action = action, .test = {}});
}

BpfGraph::Ref BpfGraph::test(const BpfTest& test, Ref yes, Ref no) {
  if (yes == no) return yes;
  return add({.test = test, .yes = yes, .no = no});
}

std::vector<BpfGraph::Range> BpfGraph::ranges_of(std::span<const Span> spans) {
  // They are asked one after the other.
  constexpr std::size_t kMostHoles = 4;
  std::vector<Range> ranges;
  for (std::size_t i = 0; i < spans.size(); ++i) {
    Range range{spans[i].first, spans[i].then, {}};
    while (i + 2 < spans.size() && range.holes.size() < kMostHoles &&
           spans[i + 2].then == range.then &&
           spans[i + 2].first - spans[i + 1].first == 1) {
      range.holes.push_back(spans[i + 1]);
      i += 2;
    }
    ranges.push_back(std::move(range));
  }
  return ranges;
}

BpfGraph::Ref BpfGraph::balanced(std::uint16_t word,
                                 std::span<const Range> ranges) {
  if (ranges.size() > 1) {
    const std::size_t half = ranges.size() / 2;
    const Ref below = balanced(word, ranges.first(half));
    const Ref above = balanced(word, ranges.subspan(half));
    return test({BPF_JGE, word, UINT32_MAX, ranges[half].first}, above, below);
  }
  // The highest is asked first: of architectures the native one.
  Ref all = ranges[0].then;
  for (const Span& hole : ranges[0].holes) {
    all = test({BPF_JEQ, word, UINT32_MAX, hole.first}, hole.then, all);
  }
  return all;
}

BpfGraph::Ref BpfGraph::over(std::uint16_t word, std::vector<Span> spans) {
  const auto same = [](const Span& a, const Span& b) {
    return a.then == b.then;
  };
  spans.erase(std::unique(spans.begin(), spans.end(), same), spans.end());
  return balanced(word, ranges_of(spans));
}

std::size_t BpfGraph::size(Ref root) const {
  std::set<Ref> seen;
  std::vector<Ref> pending = {root};
  while (!pending.empty()) {
    const Ref ref = pending.back();
    pending.pop_back();
    if (nodes_[ref].answers || !seen.insert(ref).second) continue;
    pending.insert(pending.end(), {nodes_[ref].yes, nodes_[ref].no});
  }
  return seen.size();
}

/// Writes from the end, so that what is jumped to is already there. Positions
/// are counted from the end too.
class BpfWriter {
 public:
  explicit BpfWriter(const BpfGraph& graph) : graph_(graph) {}

  void place(BpfGraph::Ref root) {
    find_loads(root, std::nullopt);
    static_cast<void>(entry(root, std::nullopt));
  }
  [[nodiscard]] std::vector<sock_filter> take() {
    std::ranges::reverse(code_);
    return std::move(code_);
  }

 private:
  /// What the accumulator holds: a word, masked.
  using Held = std::optional<std::pair<std::uint16_t, std::uint32_t>>;
  /// Where a comparison stands, and where what it compares is loaded before.
  struct Entry {
    std::size_t compare = 0;
    std::size_t load = 0;
  };
  static constexpr std::size_t kFarthest = UINT8_MAX;

  [[nodiscard]] std::size_t push(unsigned code, std::uint32_t k,
                                 std::size_t jt = 0, std::size_t jf = 0) {
    code_.push_back({static_cast<std::uint16_t>(code),
                     static_cast<std::uint8_t>(jt),
                     static_cast<std::uint8_t>(jf), k});
    return code_.size() - 1;
  }
  /// What a jump written next would skip to get there.
  [[nodiscard]] std::size_t distance(std::size_t target) const {
    return code_.size() - 1 - target;
  }

  [[nodiscard]] static Held held_by(const BpfGraph::Node& node) {
    return {{node.test.word, node.test.mask}};
  }

  /// Which comparisons are reached by one who does not hold what they compare.
  void find_loads(BpfGraph::Ref ref, const Held& held) {
    const BpfGraph::Node& node = graph_.nodes_[ref];
    if (node.answers) return;
    if (held != held_by(node)) loads_.insert(ref);
    if (!seen_.insert(ref).second) return;
    find_loads(node.yes, held_by(node));
    find_loads(node.no, held_by(node));
  }

  /// The position where `ref` begins for one who holds `held`.
  std::size_t entry(BpfGraph::Ref ref, const Held& held) {
    const BpfGraph::Node& node = graph_.nodes_[ref];
    auto found = entries_.find(ref);
    if (found == entries_.end()) {
      found = entries_
                  .emplace(ref, node.answers ? written_answer(node)
                                             : written_test(ref, node))
                  .first;
    }
    return held == held_by(node) ? found->second.compare : found->second.load;
  }

  Entry written_answer(const BpfGraph::Node& node) {
    const std::size_t at = push(BPF_RET | BPF_K, node.action);
    return {at, at};
  }

  Entry written_test(BpfGraph::Ref ref, const BpfGraph::Node& node) {
    const BpfTest& test = node.test;
    std::size_t no = entry(node.no, held_by(node));
    std::size_t yes = entry(node.yes, held_by(node));
    // One step on the way may move the other out of reach.
    while (distance(no) > kFarthest || distance(yes) > kFarthest) {
      if (distance(no) > kFarthest) no = nearer(node.no, no);
      if (distance(yes) > kFarthest) yes = nearer(node.yes, yes);
    }
    Entry entry;
    entry.compare = push(BPF_JMP | test.operation | BPF_K, test.constant,
                         distance(yes), distance(no));
    entry.load = entry.compare;
    if (!loads_.contains(ref)) return entry;
    if (test.mask != UINT32_MAX) {
      entry.load = push(BPF_ALU | BPF_AND | BPF_K, test.mask);
    }
    entry.load =
        push(BPF_LD | BPF_W | BPF_ABS,
             static_cast<std::uint32_t>(test.word * sizeof(std::uint32_t)));
    return entry;
  }

  std::size_t nearer(BpfGraph::Ref ref, std::size_t target) {
    const BpfGraph::Node& node = graph_.nodes_[ref];
    if (!node.answers) {
      return push(BPF_JMP | BPF_JA,
                  static_cast<std::uint32_t>(distance(target)));
    }
    const Entry again = written_answer(node);
    entries_[ref] = again;
    return again.load;
  }

  const BpfGraph& graph_;
  std::vector<sock_filter> code_;
  std::map<BpfGraph::Ref, Entry> entries_;
  std::set<BpfGraph::Ref> loads_;
  std::set<BpfGraph::Ref> seen_;
};

std::vector<sock_filter> BpfGraph::code(Ref root) const {
  BpfWriter writer(*this);
  writer.place(root);
  return writer.take();
}

}  // namespace bulkhead
