// What changed since earlier reports.
#pragma once

#include <string>
#include <vector>

#include "verify/page_runs.h"

namespace bulkhead::verify {

/// A run and the one it is compared with, as indices; -1: there is none.
struct RunPair {
  int now = -1;
  int before = -1;
};

/// One probe in one pair of runs.
struct Change {
  enum class Kind {
    kWorse,   ///< Less proven than before: nearer to escaped.
    kBetter,  ///< The opposite.
    kNew,     ///< The run of before had no such probe.
    kGone,    ///< The run of now has none: nothing watches it any more.
  };
  Kind kind = Kind::kWorse;
  std::string probe;
  int now = -1;
  int before = -1;
  std::string from;  ///< Words as word_of() gives them; empty: none.
  std::string to;
};

struct Comparison {
  std::vector<RunPair> pairs;
  std::vector<Change> changes;
};

/// "escaped", "waived", "missing", …: the record in one word.
[[nodiscard]] std::string word_of(const PageRecord& record);

[[nodiscard]] std::string_view name_of(Change::Kind kind);

/// Runs are compared where machine and subject are the same. Where each side
/// has a single machine these are taken for the same one: its kernel was
/// exchanged.
[[nodiscard]] Comparison compare(const std::vector<PageRun>& now,
                                 const std::vector<PageRun>& before);

}  // namespace bulkhead::verify
