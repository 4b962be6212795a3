#include "verify/page_record.h"

#include <algorithm>

#include "runtime/base/boundary.h"
#include "verify/json_parts.h"
#include "verify/report_schema.h"
#include "verify/schema_check.h"

namespace bulkhead::verify {
namespace {

using nlohmann::json;
using probes::Observation;
using probes::Outcome;

/// The column of a probe: its id says it, whatever else the record says.
std::string column_of(const std::string& probe) {
  const std::string prefix = probe.substr(0, probe.find('/'));
  return boundary_named(prefix) ? prefix : std::string(kUnknownBoundary);
}

std::optional<Verdict> verdict_named(const std::string& name) {
  const auto* const found = std::ranges::find(kVerdictNames, name);
  if (found == kVerdictNames.end()) return {};
  return static_cast<Verdict>(found - kVerdictNames.begin());
}

std::optional<Outcome> outcome_at(const json& record, const char* half) {
  const json& seen = part_of(record, half);
  if (seen.is_null()) return {};
  const std::string word = text_of(seen, "outcome");
  if (word == "refused") return Outcome::kRefused;
  if (word == "reached") return Outcome::kReached;
  return word == "absent" ? Outcome::kAbsent : Outcome::kBroken;
}

/// The record's halves as judge() wants them.
Observed observed_in(const json& record) {
  const auto half = [&](const char* name) -> std::optional<Observation> {
    const auto outcome = outcome_at(record, name);
    if (!outcome) return {};
    return Observation{.outcome = *outcome,
                       .evidence = text_of(part_of(record, name), "evidence")};
  };
  Observed seen{.control = half("control"),
                .control_outside = half("control_outside"),
                .attempt = half("attempt"),
                .witness = half("witness"),
                .outside = half("outside")};
  seen.outside_expected = seen.outside.has_value();
  return seen;
}

/// Contained and unsupported are what the halves make of it; the others may
/// have reasons that a record does not show.
void judge_again(PageRecord& record) {
  if (record.verdict != Verdict::kContained &&
      record.verdict != Verdict::kUnsupported) {
    return;
  }
  const Judgement again = judge(observed_in(record.source));
  if (again.verdict == Verdict::kEscaped) {
    record.defects.push_back("says " + std::string(name_of(record.verdict)) +
                             ", but " + again.reason);
    record.verdict = Verdict::kEscaped;
  } else if (record.verdict == Verdict::kContained &&
             again.verdict != Verdict::kContained) {
    record.defects.push_back("says contained, but " + again.reason);
  }
}

/// What was said around the record, said otherwise in it: it was cut out of
/// another report.
void compare_with(const RecordContext& context, PageRecord& record) {
  const json& source = record.source;
  const json& subject = part_of(source, "subject");
  const auto must_be = [&](const char* what, const std::string& here,
                           const std::string& around) {
    if (here == around) return;
    record.defects.push_back(std::string("stands in another report: its ") +
                             what + " is '" + here + "', the report's '" +
                             around + "'");
  };
  must_be("kernel", text_of(source, "kernel"), context.kernel);
  must_be("subject", text_of(subject, "name"), context.subject);
  must_be("subject's version", text_of(subject, "version"), context.version);
  must_be("spec_digest", text_of(source, "spec_digest"), context.spec_digest);
  must_be("boundary", text_of(source, "boundary"), record.boundary);
}

}  // namespace

RecordReader::RecordReader() : schema_(json::parse(report_schema())) {}

PageRecord RecordReader::read(const json& source,
                              const RecordContext& context) const {
  PageRecord record{.probe = text_of(source, "probe"), .source = source};
  if (record.probe.empty()) record.probe = "(no name)";
  record.boundary = column_of(record.probe);
  if (const auto said = verdict_named(text_of(source, "verdict"))) {
    record.verdict = *said;
  }
  const auto wrong = violations_of(schema_, schema_["$defs"]["record"], source);
  for (const Violation& one : wrong) record.defects.push_back(one.message());
  if (wrong.empty()) {
    judge_again(record);
    compare_with(context, record);
    record.waived = source.contains("waived");
  }
  if (!record.defects.empty()) {
    record.waived = false;
    if (record.verdict != Verdict::kEscaped) {
      record.verdict = Verdict::kInconclusive;
    }
  }
  return record;
}

}  // namespace bulkhead::verify
