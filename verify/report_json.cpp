// The JSON document, and the same facts whole for the pipe out of the box.
#include "verify/attribution.h"
#include "verify/report_formats.h"

namespace bulkhead::verify {
namespace {

using nlohmann::json;
using probes::Observation;
using probes::Outcome;

constexpr const char* kSchema = "bulkhead.verify/1";
constexpr std::array<std::string_view, 4> kOutcomeNames = {"refused", "reached",
                                                           "absent", "broken"};

template <class Enum, std::size_t N>
Enum named(const std::array<std::string_view, N>& names,
           const std::string& name) {
  for (std::size_t i = 0; i < N; ++i) {
    if (names[i] == name) return static_cast<Enum>(i);
  }
  throw json::other_error::create(501, "no such name: " + name, nullptr);
}

json to_json(const std::optional<Observation>& seen) {
  if (!seen) return nullptr;
  json value = {
      {"outcome", kOutcomeNames[static_cast<std::size_t>(seen->outcome)]},
      {"errno", seen->error},
      {"signal", seen->signal},
      {"evidence", seen->evidence}};
  if (!seen->missing_fact.empty()) value["missing_fact"] = seen->missing_fact;
  return value;
}

std::optional<Observation> observation_from(const json& value) {
  if (value.is_null()) return {};
  return Observation{.outcome = named<Outcome>(
                         kOutcomeNames, value.at("outcome").get<std::string>()),
                     .error = value.at("errno").get<int>(),
                     .signal = value.at("signal").get<int>(),
                     .evidence = value.at("evidence").get<std::string>(),
                     .missing_fact = value.value("missing_fact", "")};
}

/// The one line that a reader wants first.
std::string evidence_of(const Record& record) {
  if (record.verdict != Verdict::kContained) return record.reason;
  return record.seen.attempt ? record.seen.attempt->evidence : std::string();
}

json to_json(const Record& record) {
  json value = {{"probe", record.probe},
                {"boundary", record.boundary},
                {"claim", record.claim},
                {"watches", record.watches},
                {"verdict", name_of(record.verdict)},
                {"by", record.by.empty() ? json() : json(record.by)},
                {"attempt", to_json(record.seen.attempt)},
                {"witness", to_json(record.seen.witness)},
                {"control", to_json(record.seen.control)},
                {"control_outside", to_json(record.seen.control_outside)},
                {"outside", to_json(record.seen.outside)},
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

Record record_from(const json& value) {
  Record record;
  value.at("probe").get_to(record.probe);
  value.at("boundary").get_to(record.boundary);
  value.at("claim").get_to(record.claim);
  value.at("watches").get_to(record.watches);
  record.verdict =
      named<Verdict>(kVerdictNames, value.at("verdict").get<std::string>());
  if (!value.at("by").is_null()) value.at("by").get_to(record.by);
  record.seen = {
      .control = observation_from(value.at("control")),
      .control_outside = observation_from(value.at("control_outside")),
      .attempt = observation_from(value.at("attempt")),
      .witness = observation_from(value.at("witness")),
      .outside = observation_from(value.at("outside"))};
  if (record.verdict != Verdict::kContained) {
    value.at("evidence").get_to(record.reason);
  }
  value.at("remedy").get_to(record.remedy);
  value.at("references").get_to(record.references);
  value.at("repeat").get_to(record.repeat);
  if (value.contains("waived")) {
    record.waived = Waived{value["waived"].at("reason").get<std::string>(),
                           value["waived"].at("until").get<std::string>()};
  }
  return record;
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

SubjectReport run_from(const json& value) {
  SubjectReport run;
  const json& subject = value.at("subject");
  subject.at("name").get_to(run.name);
  subject.at("version").get_to(run.version);
  subject.at("not_offered").get_to(run.not_offered);
  subject.at("trouble").get_to(run.trouble);
  for (const json& record : value.at("records")) {
    run.records.push_back(record_from(record));
  }
  return run;
}

}  // namespace

json to_document(const Report& report) {
  json document = {
      {"schema", kSchema}, {"machine", report.machine}, {"spec", report.spec}};
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

json to_wire(const Report& report) {
  json wire = {{"machine", report.machine},
               {"spec", report.spec},
               {"notes", report.notes},
               {"runs", json::array()}};
  if (report.bundle) wire["bundle"] = to_json(*report.bundle);
  for (const SubjectReport& run : report.runs) {
    wire["runs"].push_back(to_json(run));
  }
  return wire;
}

Result<Report> from_wire(const json& wire) {
  try {
    Report report{.machine = wire.at("machine"), .spec = wire.at("spec")};
    wire.at("notes").get_to(report.notes);
    if (wire.contains("bundle")) {
      const json& bundle = wire["bundle"];
      report.bundle =
          Bundle{bundle.at("directory").get<std::string>(),
                 bundle.at("not_examined").get<std::vector<std::string>>()};
    }
    for (const json& run : wire.at("runs")) {
      report.runs.push_back(run_from(run));
    }
    return report;
  } catch (const json::exception& error) {
    return fail(std::string("report from the crash box: ") + error.what());
  }
}

}  // namespace bulkhead::verify
