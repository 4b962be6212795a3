// bulkhead bench: measures in a crash box, prints, compares.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/ground.h"

namespace bulkhead::bench {

inline constexpr int kExitMeasured = 0;  ///< …or: nothing is slower.
inline constexpr int kExitSlower = 1;    ///< --compare only.
inline constexpr int kExitInterrupted = 2;
inline constexpr int kExitBroken = 3;  ///< A benchmark did not run, or the
                                       ///< workload was not confined.
inline constexpr int kExitUsage = 4;

struct BenchOptions {
  std::vector<std::string> groups;  ///< Empty: all.
  std::string format = "tty";       ///< tty, json or html
  std::string output_file;          ///< Empty: stdout.
  /// Print these runs in place of measuring one: of several their goals.
  std::vector<std::string> from_files;
  std::vector<std::string> compare;  ///< Two runs: before, after.
  std::vector<std::string> peers;    ///< See other_peer().
  bool schema = false;               ///< Print the form of the JSON.
  double alpha = 0.01;
  double least_change_percent = 5;
  Effort effort;
  std::string self_exe;
  bool live = false;
};

/// The names of all groups, and "floor, steps, …".
[[nodiscard]] std::vector<std::string> group_names();

/// The exit status of the program.
int bench_main(const BenchOptions& options);

}  // namespace bulkhead::bench
