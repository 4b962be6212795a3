// A filter under construction: a graph of comparisons in which the same
// question is asked in one place only, and its instructions.
#pragma once

#include <linux/filter.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <tuple>
#include <vector>

#include "runtime/plan/bpf_diagram.h"

namespace bulkhead {

class BpfGraph {
 public:
  using Ref = std::uint32_t;

  [[nodiscard]] Ref answer(std::uint32_t action);
  [[nodiscard]] Ref test(const BpfTest& test, Ref yes, Ref no);

  /// A value of a word and what is done from there to the next one's.
  struct Span {
    std::uint32_t first = 0;
    Ref then = 0;
  };
  /// A balanced tree over ranges of `word`; the first begins at 0. Single
  /// values within a range are compared with after it was found.
  [[nodiscard]] Ref over(std::uint16_t word, std::vector<Span> spans);

  /// How many comparisons there are from `root` on.
  [[nodiscard]] std::size_t size(Ref root) const;
  /// The instructions of a filter that begins with `root`.
  [[nodiscard]] std::vector<sock_filter> code(Ref root) const;

 private:
  friend class BpfWriter;
  struct Node {
    bool answers = false;
    std::uint32_t action = 0;
    BpfTest test;
    Ref yes = 0;
    Ref no = 0;
    // NOLINTNEXTLINE(modernize-use-nullptr): there is no pointer in it
    auto operator<=>(const Node&) const = default;
  };
  struct Range;

  Ref add(const Node& node);
  Ref balanced(std::uint16_t word, std::span<const Range> ranges);
  static std::vector<Range> ranges_of(std::span<const Span> spans);

  std::vector<Node> nodes_;
  std::map<Node, Ref> known_;
};

}  // namespace bulkhead
