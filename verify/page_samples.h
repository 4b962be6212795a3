// For tests of the page: a report that is of the published form, and ways to
// spoil it.
#pragma once

#include <string>

#include "verify/page_runs.h"
#include "verify/report_samples.h"

namespace bulkhead::verify {

/// A record that its four observations make what it says.
inline Record proven_record(const std::string& probe, Verdict verdict) {
  using enum probes::Outcome;
  Record record = sample_record(probe, verdict);
  record.seen.witness =
      probes::Observation{.outcome = kReached, .evidence = "works"};
  if (verdict == Verdict::kEscaped) record.seen.attempt->outcome = kReached;
  if (verdict == Verdict::kUnsupported) {
    record.seen.control->outcome = kAbsent;
  }
  return record;
}

/// One kernel; crun with pidns/a contained, pidns/b escaped, seccomp/c
/// unsupported.
inline Report proven_report(const std::string& kernel = "6.1.0") {
  using enum Verdict;
  Report report{.machine = {{"kernel", kernel},
                            {"architecture", "x86_64"},
                            {"cgroups", "v2"},
                            {"box",
                             {{"user_namespace", false},
                              {"notes", nlohmann::json::array()}}}},
                .spec = {{"ociVersion", "1.0.2"}}};
  report.runs = {{.name = "crun", .version = "crun 1.8"}};
  report.runs[0].records = {proven_record("pidns/a", kContained),
                            proven_record("pidns/b", kEscaped),
                            proven_record("seccomp/c", kUnsupported)};
  return report;
}

inline PageDocument document_of(const Report& report,
                                const std::string& file = "now.json") {
  return {file, to_document(report)};
}

}  // namespace bulkhead::verify
