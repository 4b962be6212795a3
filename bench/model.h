// What one run of the benchmarks found: groups of rows of raw samples. Plain
// data; the reports and the comparison work on it and on nothing else.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "bench/statistics.h"

namespace bulkhead::bench {

/// One variant and its samples, in the order of the rounds.
struct Row {
  std::string name;      ///< "start without seccomp", unique in its group.
  std::string about;     ///< What was isolated how, in a few words.
  std::string baseline;  ///< The row that it is compared with; may be empty.
  std::map<std::string, Sample> samples;  ///< By metric: "first", "total".
  std::string error;  ///< Why there are no samples; then they do not count.
};

struct Group {
  std::string name;              ///< "floor", "scale/rss"
  std::string title;             ///< One sentence.
  std::string metric = "first";  ///< The one that is shown.
  std::string unit = "us";       ///< Of all samples: "us", "kB", "starts/s",
                                 ///< "calls".
  bool more_is_better = false;
  /// The row that all others are also compared with; empty: none.
  std::string subject;
  std::vector<Row> rows;

  [[nodiscard]] const Row* find(const std::string& row) const;
};

/// How quiet the machine was.
struct Noise {
  double load_before = 0;  ///< The load average of one minute.
  double load_after = 0;
  double steal_percent = 0;  ///< Of all CPU time, during the run.
  double busy_percent = 0;   ///< By everybody, this run included.
  Sample calibration_us;     ///< The same loop, over and over.
};

struct Machine {
  std::string kernel;
  std::string cpu;
  int cpus = 0;
  double memory_mb = 0;
  std::string cgroups;  ///< "v1", "v2" or "none"
  double counts_per_us = 0;
};

/// Something that could not be measured here.
struct Absent {
  std::string group;
  std::string name;
  std::string reason;
};

struct Figures {
  std::string version;
  std::string when;  ///< UTC, ISO 8601.
  Machine machine;
  Noise noise;
  int rounds = 0;
  int gap_us = 0;
  std::uint64_t seed = 0;
  bool quick = false;
  std::vector<Group> groups;
  std::vector<Absent> absent;

  [[nodiscard]] const Group* find(const std::string& group) const;
  /// The samples of a row, or nothing where it was not measured.
  [[nodiscard]] const Sample* samples(const std::string& group,
                                      const std::string& row,
                                      const std::string& metric) const;
};

}  // namespace bulkhead::bench
