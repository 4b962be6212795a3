// What a filter answers, as a function of the 32-bit words of a call: a binary
// decision diagram with actions at its ends. It is canonical: two functions
// are equal exactly if their diagrams are the same one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

namespace bulkhead {

/// A comparison of a filter: `word` of struct seccomp_data, as far as `mask`
/// shows it, with `constant`.
struct BpfTest {
  std::uint16_t operation = 0;  ///< BPF_JEQ, BPF_JGT, BPF_JGE, BPF_JSET
  std::uint16_t word = 0;
  std::uint32_t mask = 0;
  std::uint32_t constant = 0;
  // NOLINTNEXTLINE(modernize-use-nullptr): there is no pointer in it
  auto operator<=>(const BpfTest&) const = default;
};

class BpfDiagram {
 public:
  /// A diagram. Those of tests are conditions and end in kNever and kAlways.
  using Id = std::uint32_t;
  static constexpr Id kNever = 0;
  static constexpr Id kAlways = 1;

  BpfDiagram();

  /// The same SECCOMP_RET_* for every call.
  [[nodiscard]] Id answer(std::uint32_t action);
  /// The condition that `test` holds.
  [[nodiscard]] Id condition(const BpfTest& test);
  /// `yes` where `condition` holds, else `no`: answers, or conditions.
  [[nodiscard]] Id choose(Id condition, Id yes, Id no);
  /// `of` where `condition`, other than kNever, holds; elsewhere whatever makes
  /// it simple: where there is one answer, that one everywhere.
  [[nodiscard]] Id within(Id of, Id condition);
  /// The action, if it is the same for every call.
  [[nodiscard]] std::optional<std::uint32_t> only_answer(Id of) const;
  /// The action that most arguments meet.
  [[nodiscard]] std::uint32_t usual_answer(Id of);

  /// More was asked for than a filter is worth: nothing here means anything.
  [[nodiscard]] bool gave_up() const { return gave_up_; }

 private:
  struct Node {
    std::uint32_t variable = 0;  ///< kEnd: `low` is the action.
    std::uint32_t low = 0;
    std::uint32_t high = 0;
    bool operator==(const Node&) const = default;
  };
  struct Hash {
    std::size_t operator()(const Node& node) const;
  };
  static constexpr std::uint32_t kEnd = UINT32_MAX;

  Id make(Node node);
  Id branch(std::uint32_t variable, Id low, Id high);
  Id equal(const BpfTest& test);
  Id above(const BpfTest& test, Id where_equal);
  using Shares = std::map<std::uint32_t, double>;
  const Shares& shares(Id of, std::map<Id, Shares>& known);

  std::vector<Node> nodes_;
  std::unordered_map<Node, Id, Hash> known_;
  std::unordered_map<Node, Id, Hash> chosen_;    ///< choose(), by its arguments
  std::unordered_map<Node, Id, Hash> narrowed_;  ///< within(), the same
  bool gave_up_ = false;
};

}  // namespace bulkhead
