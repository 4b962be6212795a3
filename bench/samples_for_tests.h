// Runs that nobody measured, for the tests of what is done with runs.
#pragma once

#include "bench/model.h"

namespace bulkhead::bench {

/// `count` samples around `middle`, spread over 10 % of it; another `phase`
/// gives them in another order.
[[nodiscard]] inline Sample around(double middle, int count = 40,
                                   int phase = 0) {
  constexpr int kStep = 17;  // Has no divisor in common with 40.
  Sample sample;
  for (int i = 0; i < count; ++i) {
    const double part =
        static_cast<double>((i * kStep + phase) % count) / count;
    sample.push_back(middle * (0.95 + 0.1 * part));
  }
  return sample;
}

/// One group: a floor of `floor` us and a cold start of `cold` us.
[[nodiscard]] inline Figures figures_of(double floor, double cold,
                                        int count = 40, int phase = 0) {
  Figures run{.version = "1", .when = "2026-01-01T00:00:00Z"};
  run.machine = {.kernel = "6.0",
                 .cpu = "a CPU",
                 .cpus = 2,
                 .memory_mb = 1024,
                 .cgroups = "v2",
                 .counts_per_us = 1000};
  run.noise.calibration_us = around(10, count);
  run.rounds = count;
  run.seed = 1;
  Group group{.name = "start", .title = "starts"};
  group.rows.push_back(
      {.name = "vfork+exec", .samples = {{"first", around(floor, count)}}});
  group.rows.push_back({.name = "cold",
                        .about = "every boundary",
                        .baseline = "vfork+exec",
                        .samples = {{"first", around(cold, count, phase)}}});
  run.groups.push_back(group);
  return run;
}

}  // namespace bulkhead::bench
