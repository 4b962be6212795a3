// The JSON document.
#include "verify/attribution.h"
#include "verify/observation_json.h"
#include "verify/report_formats.h"

namespace bulkhead::verify {
namespace {

using nlohmann::json;

constexpr const char* kReportSchema = "bulkhead.verify/1";

/// The one line that a reader wants first.
std::string evidence_of(const Record& record) {
  if (record.verdict != Verdict::kContained) return record.reason;
  return record.seen.attempt ? record.seen.attempt->evidence : std::string();
}

json to_json(const Record& record) {
  json value = {
      {"probe", record.probe},
      {"boundary", record.boundary},
      {"claim", record.claim},
      {"watches", record.watches},
      {"verdict", name_of(record.verdict)},
      {"by", record.by.empty() ? json() : json(record.by)},
      {"attempt", observation_json(record.seen.attempt)},
      {"witness", observation_json(record.seen.witness)},
      {"control", observation_json(record.seen.control)},
      {"control_outside", observation_json(record.seen.control_outside)},
      {"outside", observation_json(record.seen.outside)},
      {"evidence", evidence_of(record)},
      {"remedy", record.remedy},
      {"references", record.references},
      {"repeat", record.repeat}};
  if (record.alone) value["alone"] = *record.alone;
  if (record.waived) {
    value["waived"] = {{"reason", record.waived->reason},
                       {"until", record.waived->until}};
  }
  return value;
}

json to_json(const Bundle& bundle) {
  return {{"directory", bundle.directory},
          {"not_examined", bundle.not_examined}};
}

json summary_json(const SubjectReport& run) {
  const Summary summary = summarise(run);
  return {{"contained", summary.contained},
          {"escaped", summary.escaped},
          {"unsupported", summary.unsupported},
          {"inconclusive", summary.inconclusive},
          {"open", summary.open},
          {"waived", summary.waived},
          {"escaped_probes", summary.escaped_probes}};
}

/// One subject's part of the document.
json to_json(const SubjectReport& run) {
  json records = json::array();
  for (const Record& record : run.records) records.push_back(to_json(record));
  return {{"subject",
           {{"name", run.name},
            {"version", run.version},
            {"not_offered", run.not_offered},
            {"trouble", run.trouble}}},
          {"records", std::move(records)},
          {"summary", summary_json(run)}};
}

}  // namespace

json to_document(const Report& report) {
  json document = {{"schema", kReportSchema},
                   {"machine", report.machine},
                   {"spec", report.spec}};
  if (!report.notes.empty()) document["notes"] = report.notes;
  if (report.bundle) document["bundle"] = to_json(*report.bundle);
  // A record is often read alone, cut out of its document.
  const std::string kernel = kernel_of(report);
  const std::string digest = spec_digest(report);
  json runs = json::array();
  for (const SubjectReport& run : report.runs) {
    json one = to_json(run);
    for (json& record : one["records"]) {
      record["kernel"] = kernel;
      record["subject"] = {{"name", run.name}, {"version", run.version}};
      record["spec_digest"] = digest;
    }
    runs.push_back(std::move(one));
  }
  if (runs.size() == 1) {
    document.update(runs.front());
  } else {
    document["runs"] = std::move(runs);
  }
  return document;
}

std::string to_json_text(const Report& report) {
  // Evidence may hold bytes that are no UTF-8; a dump must not throw.
  return to_document(report).dump(2, ' ', false,
                                  json::error_handler_t::replace) +
         "\n";
}

}  // namespace bulkhead::verify
