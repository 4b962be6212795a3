// What a filter says of every call: read out of its instructions, and compared
// with what another one says.
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <tuple>
#include <vector>

#include "runtime/plan/bpf_diagram.h"

namespace bulkhead {

/// Words of struct seccomp_data.
inline constexpr std::uint16_t kNumberWord = 0;
inline constexpr std::uint16_t kArchWord = 1;

/// Instructions that load words of the call, mask them, compare them with
/// constants and return constants, as the lists have them: no other filter
/// is read here. Numbers and architectures may not be masked.
[[nodiscard]] bool is_readable(std::span<const sock_filter> code);

/// The architectures at which a readable filter may change its mind, 0 first,
/// ascending: between two of them all are alike.
[[nodiscard]] std::vector<std::uint32_t> arch_turns(
    std::span<const sock_filter> code);
/// The same for the numbers of `arch`.
[[nodiscard]] std::vector<std::uint32_t> number_turns(
    std::span<const sock_filter> code, std::uint32_t arch);

/// Walks a readable filter for one architecture and number. What it says of
/// their arguments is left open.
class BpfReader {
 public:
  /// An instruction, and what the accumulator holds before it.
  struct Point {
    std::size_t at = 0;
    bool open = false;  ///< A word of the arguments, masked.
    std::uint16_t word = 0;
    std::uint32_t value = 0;  ///< Its mask where it is open.
    // NOLINTNEXTLINE(modernize-use-nullptr): there is no pointer in it
    auto operator<=>(const Point&) const = default;
  };
  /// Where the walk ends or depends on an argument.
  struct Stop {
    bool answers = false;
    std::uint32_t action = 0;
    BpfTest test;
    Point yes, no;
  };

  BpfReader(std::span<const sock_filter> code, BpfDiagram& diagram)
      : code_(code), diagram_(diagram) {}

  void take_call(std::uint32_t arch, std::uint32_t number);
  [[nodiscard]] Stop next(Point point) const;
  /// All that the filter says of the call from `point` on.
  [[nodiscard]] BpfDiagram::Id meaning(Point point);

 private:
  std::span<const sock_filter> code_;
  BpfDiagram& diagram_;
  std::uint32_t arch_ = 0;
  std::uint32_t number_ = 0;
  std::map<Point, BpfDiagram::Id> known_;
};

/// Whether both answer every call alike: every architecture, every number and
/// every argument. False if it could not be shown.
[[nodiscard]] bool proven_equal(std::span<const sock_filter> a,
                                std::span<const sock_filter> b);

}  // namespace bulkhead
