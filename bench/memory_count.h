// What live containers cost in memory, counted while their number grows.
#pragma once

#include <array>
#include <vector>

#include "bench/model.h"
#include "verify/box.h"

namespace bulkhead::bench {

/// The lines of /proc/meminfo that are memory of the kernel.
inline constexpr std::array kKernelParts = {"Slab", "KernelStack", "PageTables",
                                            "Percpu", "VmallocUsed"};

class MemoryCount {
 public:
  /// Counts at `live` containers.
  void take(const verify::BoxFacts& box, int live);

  /// "scale/memory": what one more container cost, between each two counts.
  [[nodiscard]] Group group() const;

 private:
  using KernelKb = std::array<double, kKernelParts.size()>;
  static KernelKb kernel_kb();

  Sample live_;
  std::vector<KernelKb> kernel_;
  Sample charged_;
};

}  // namespace bulkhead::bench
