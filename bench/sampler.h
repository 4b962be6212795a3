// Samples of several variants, interleaved: each round takes one of every
// variant, in an order of its own, with a gap before each. What changes on the
// machine meanwhile changes for all of them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bench/ground.h"
#include "bench/model.h"

namespace bulkhead::bench {

/// One checked start, in microseconds from the call.
struct Times {
  double first = 0;  ///< To the workload's first instruction.
  double total = 0;  ///< Until it is gone, with all that it had.
};

struct Variant {
  std::string name;
  std::string about;
  std::string baseline;
  /// An error ends this variant: its row then says why and has no samples.
  std::function<Result<Times>()> once;
  /// Waits until what `once` uses up is made anew, before the gap to the next
  /// sample of any variant begins: none is taken beside that work or right
  /// after it. Empty: it uses nothing up.
  std::function<Status()> settle = {};
};

/// The rows of `variants`, without samples.
[[nodiscard]] std::vector<Row> empty_rows(const std::vector<Variant>& variants);

/// The rows of `variants`, each with as many samples as `rounds`, after one
/// round that warms up and does not count.
[[nodiscard]] std::vector<Row> measure(Ground& ground, int rounds,
                                       const std::vector<Variant>& variants);

}  // namespace bulkhead::bench
