// All faults of one subject: recorded, chosen, run, judged.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "verify/boxed.h"
#include "verify/faults/outcome.h"
#include "verify/subject.h"

namespace bulkhead::verify::faults {

struct SweepOptions {
  std::size_t sample = 0;  ///< How many faults; 0: all.
  unsigned long seed = 1;  ///< Which.
  /// Only faults whose text matches any; empty: all.
  std::vector<std::string> globs;
  BoundarySet without;
  std::size_t workers = 2;
  bool live = false;  ///< A live line on stderr, if it is a terminal.
  std::span<const std::byte> probe_binary;
};

struct SweepRow {
  Fault fault;
  JobResult result;
  Judged judged;
};

struct Sweep {
  std::string subject;
  std::string version;
  nlohmann::json machine;
  std::vector<std::string> omitted;  ///< What it does not start with.
  Usual usual;
  std::vector<SweepRow> rows;
  std::size_t possible = 0;  ///< Faults that there are, before sampling.
};

/// The probes that a sweep runs in every container: those that share one and
/// wait for nothing.
[[nodiscard]] ProbeList battery();

/// An error where the subject does not start undisturbed. `subject` is told
/// what it does not start with.
[[nodiscard]] Result<Sweep> sweep(Subject& subject, const SweepOptions& options,
                                  bool& interrupted);

}  // namespace bulkhead::verify::faults
