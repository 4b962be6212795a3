// Reports as documents, made into the runs that the page shows. What a record
// says of itself is believed only as far as it proves it: whatever is missing,
// unknown or contradicts itself never stays green.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "verify/judge.h"

namespace bulkhead::verify {

/// A JSON document and the file that it came from; no file: this very run.
struct PageDocument {
  std::string file;
  nlohmann::json document;
};

/// One probe in one run.
struct PageRecord {
  std::string probe;
  std::string boundary;  ///< A column: kUnknownBoundary where there is none.
  Verdict verdict = Verdict::kInconclusive;
  bool waived = false;
  bool missing = false;              ///< Others have it, this run has not.
  std::vector<std::string> defects;  ///< Why it is not believed.
  nlohmann::json source;             ///< As it stood in the document.
};

/// One subject on one machine.
struct PageRun {
  std::string file;
  std::string kernel;
  std::string architecture;
  std::string cgroups;
  std::string name;     ///< The subject's own.
  std::string subject;  ///< Unique on its machine: "crun (2)".
  std::string version;
  std::string spec_digest;
  std::vector<std::string> asides;   ///< Of the run and its document.
  std::vector<std::string> defects;  ///< Why none of it can be green.
  std::vector<PageRecord> records;

  /// "6.1.0, cgroup v2"; with the architecture where `whole`.
  [[nodiscard]] std::string machine(bool whole) const;
  [[nodiscard]] const PageRecord* find(const std::string& probe) const;
};

inline constexpr std::string_view kUnknownBoundary = "unknown";

/// What keeps `document` from being a report at all: it is empty, or says
/// where and what would be right. What is wrong inside a record or a summary is
/// left to runs_of().
[[nodiscard]] std::string not_a_report(const nlohmann::json& document);

/// The runs of all reports. A probe that another of them has gets a record in
/// each of them: inconclusive, and missing.
[[nodiscard]] std::vector<PageRun> runs_of(
    const std::vector<PageDocument>& reports);

}  // namespace bulkhead::verify
