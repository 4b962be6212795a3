// How quiet the machine was while it was measured, and what it is.
#pragma once

#include <cstdint>

#include "bench/model.h"

namespace bulkhead::bench {

/// Watches from its making to finish().
class NoiseWatch {
 public:
  explicit NoiseWatch(double counts_per_us);

  /// Takes some turns of a loop that is the same each time: called now and
  /// then, so that its spread is that of the whole run.
  void calibrate();

  [[nodiscard]] Noise finish();

 private:
  struct CpuTimes {
    double all = 0;
    double idle = 0;
    double steal = 0;
  };
  [[nodiscard]] static CpuTimes cpu_times();

  double counts_per_us_;
  CpuTimes begin_;
  Noise noise_;
};

/// This machine; `cgroups` as the box found them.
[[nodiscard]] Machine describe_machine(const std::string& cgroups,
                                       double counts_per_us);

}  // namespace bulkhead::bench
