// What a verify run found, as plain data, and the forms in which it is told.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "probes/probe.h"
#include "runtime/base/result.h"
#include "verify/judge.h"

namespace bulkhead::verify {

/// Why a finding is accepted for now (baseline.h).
struct Waived {
  std::string reason;
  std::string until;
};

/// One probe under one subject.
struct Record {
  std::string probe;
  std::string boundary;
  std::string claim;
  std::string remedy;
  Verdict verdict = Verdict::kInconclusive;
  std::string by;      ///< The layer that refused; only when contained.
  std::string reason;  ///< Why it is not contained.
  std::vector<std::string> watches;
  std::vector<std::string> references;
  Observed seen;
  std::string repeat;  ///< The one command that repeats it.
  std::optional<Waived> waived;
  /// Boundaries that contain the probe alone under the reference (matrix.h);
  /// absent unless asked for.
  std::optional<std::vector<std::string>> alone;
};

/// One subject under all selected probes.
struct SubjectReport {
  std::string name;
  std::string version;
  std::vector<std::string> not_offered;  ///< What it has no word for.
  std::vector<std::string> trouble;      ///< Complaints, stderr's last words.
  std::vector<Record> records;
};

/// The user's own bundle, where one was verified in place of the spec under
/// test.
struct Bundle {
  std::string directory;
  std::vector<std::string> not_examined;  ///< What no verdict is about.
};

struct Report {
  nlohmann::json machine;
  nlohmann::json spec;
  std::vector<SubjectReport> runs;
  std::vector<std::string> notes;  ///< Expired or unused waivers.
  std::optional<Bundle> bundle;
};

/// What is said beside the verdicts: what of a bundle was not examined, then
/// the notes.
[[nodiscard]] std::vector<std::string> asides_of(const Report& report);

struct Summary {
  std::size_t contained = 0;
  std::size_t escaped = 0;
  std::size_t unsupported = 0;
  std::size_t inconclusive = 0;
  std::size_t open = 0;
  std::size_t waived = 0;
  std::vector<std::string> escaped_probes;
};

/// Every record counts once; a waived one as waived.
[[nodiscard]] Summary summarise(const SubjectReport& run);

/// Controls that were seen to escape, of all that were needed: every probe
/// once, however many subjects it met.
struct RedTwins {
  std::size_t seen = 0;
  std::size_t absent = 0;  ///< This kernel has no such feature.
  std::size_t wanted = 0;
};
[[nodiscard]] RedTwins red_twins(const Report& report);

/// The kernel's release; empty if the report does not say.
[[nodiscard]] std::string kernel_of(const Report& report);

/// "sha256:…" of the spec as canonical JSON: keys sorted, no white space. Two
/// records with the same digest answer the same question.
[[nodiscard]] std::string spec_digest(const Report& report);

enum ExitStatus {
  kExitContained = 0,
  kExitEscaped = 1,
  kExitInterrupted = 2,
  kExitInconclusive = 3,
  kExitUsage = 4,
  kExitNothingSelected = 5,
};

/// One subject: 1 if anything escaped (a proof outweighs a missing answer),
/// else 3 if anything is inconclusive or nothing was recorded, else 0: what is
/// open was seen, and fails nobody who left it open. Several
/// subjects: the worst, in the order 3, 1, 0, so that a subject without an
/// answer is not hidden by another's escape.
[[nodiscard]] int exit_status(const Report& report);
[[nodiscard]] int exit_status(const SubjectReport& run);

/// The document of `--format json`: one object for one subject, `runs` for
/// several.
[[nodiscard]] nlohmann::json to_document(const Report& report);

/// The report for a terminal: a table subjects × boundaries, then everything
/// that is not contained with its evidence.
[[nodiscard]] std::string to_terminal(const Report& report, bool color);

}  // namespace bulkhead::verify
