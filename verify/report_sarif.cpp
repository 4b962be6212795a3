// SARIF 2.1.0 as code scanning reads it: escapes are errors, inconclusive
// answers warnings, what a user's config leaves open a note. What is contained
// or unsupported is no result, because consumers raise an alert for every
// result, whatever its kind.
#include <fmt/format.h>

#include <algorithm>

#include "verify/cve.h"
#include "verify/report_formats.h"
#include "verify/report_view.h"
#include "verify/sha256.h"
#include "verify/visible.h"

namespace bulkhead::verify {
namespace {

using nlohmann::json;

constexpr const char* kSarifSchema =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/"
    "sarif-schema-2.1.0.json";

/// A probe's id is where its file stands: "pidns/own-namespace" is
/// probes/pidns/own_namespace.cpp.
std::string file_of(const std::string& probe) {
  std::string path = "probes/" + probe + ".cpp";
  std::ranges::replace(path, '-', '_');
  return path;
}

bool is_finding(const Record& record) {
  return record.verdict == Verdict::kEscaped ||
         record.verdict == Verdict::kInconclusive ||
         record.verdict == Verdict::kOpen;
}

const char* level_of(Verdict verdict) {
  if (verdict == Verdict::kEscaped) return "error";
  return verdict == Verdict::kOpen ? "note" : "warning";
}

/// An array of strings, each made visible.
json shown(const std::vector<std::string>& texts) {
  json list = json::array();
  for (const std::string& text : texts) list.push_back(visible(text));
  return list;
}

json rule_of(const Record& record) {
  json tags = json::array({"security", record.boundary});
  std::string first_cve;
  for (const std::string& reference : record.references) {
    if (!is_cve(reference)) continue;
    tags.push_back(reference);
    if (first_cve.empty()) first_cve = reference;
  }
  const std::string see =
      visible(fmt::format("{}", fmt::join(record.references, ", ")));
  json rule = {
      {"id", record.probe},
      {"shortDescription", {{"text", visible(record.claim)}}},
      {"fullDescription",
       {{"text",
         fmt::format("{} Boundaries that contain it: {}.",
                     visible(record.claim), fmt::join(record.watches, ", "))}}},
      {"help",
       {{"text", fmt::format("{}\nReferences: {}", visible(record.remedy),
                             see.empty() ? "none" : see)}}},
      {"defaultConfiguration", {{"level", "error"}}},
      {"properties",
       {{"tags", std::move(tags)}, {"references", shown(record.references)}}}};
  if (!first_cve.empty()) {
    rule["helpUri"] = "https://nvd.nist.gov/vuln/detail/" + first_cve;
  }
  return rule;
}

std::string message_of(const std::string& subject, const Record& record) {
  std::string text =
      fmt::format("{}: {}: {}", subject, name_of(record.verdict), record.probe);
  for (const Detail& detail : details_of(record)) {
    text += fmt::format("\n{}: {}", detail.label, visible(detail.text));
  }
  return text;
}

json notification(const char* level, const std::string& text) {
  return {{"level", level}, {"message", {{"text", visible(text)}}}};
}

/// One run: one subject.
class Run {
 public:
  Run(const Report& report, const SubjectReport& run, std::string name)
      : report_(report), run_(run), name_(std::move(name)) {}

  [[nodiscard]] json render() const {
    json rules = json::array();
    json results = json::array();
    for (std::size_t i = 0; i < run_.records.size(); ++i) {
      rules.push_back(rule_of(run_.records[i]));
      if (is_finding(run_.records[i])) {
        results.push_back(result(run_.records[i], i));
      }
    }
    return {{"tool",
             {{"driver",
               {{"name", "bulkhead"},
                {"semanticVersion", BULKHEAD_VERSION},
                {"rules", std::move(rules)}}}}},
            // Uploads of the same subject replace each other, those of
            // different ones do not.
            {"automationDetails", {{"id", "bulkhead/" + name_ + "/"}}},
            {"columnKind", "unicodeCodePoints"},
            {"invocations", json::array({invocation()})},
            {"results", std::move(results)},
            {"properties", context()}};
  }

 private:
  [[nodiscard]] json context() const {
    const Summary sum = summarise(run_);
    return {{"kernel", visible(kernel_of(report_))},
            {"subject", name_},
            {"version", visible(run_.version)},
            {"spec_digest", spec_digest(report_)},
            {"summary",
             {{"contained", sum.contained},
              {"escaped", sum.escaped},
              {"unsupported", sum.unsupported},
              {"inconclusive", sum.inconclusive},
              {"open", sum.open},
              {"waived", sum.waived}}}};
  }

  [[nodiscard]] json invocation() const {
    const int status = exit_status(run_);
    json notes = json::array();
    for (const Record& record : run_.records) {
      if (record.verdict != Verdict::kUnsupported) continue;
      json note = notification("note", "unsupported: " + record.reason);
      note["associatedRule"] = {{"id", record.probe}};
      notes.push_back(std::move(note));
    }
    const std::vector<std::string> asides = asides_of(report_);
    for (const auto* const lines :
         {&run_.not_offered, &run_.trouble, &asides}) {
      for (const std::string& line : *lines) {
        notes.push_back(notification("warning", line));
      }
    }
    return {{"executionSuccessful", status != kExitInconclusive},
            {"exitCode", status},
            {"toolExecutionNotifications", std::move(notes)}};
  }

  [[nodiscard]] json location(const Record& record) const {
    const json logical = {
        {"name", record.boundary},
        {"fullyQualifiedName", name_ + "/" + record.boundary}};
    return {{"physicalLocation",
             {{"artifactLocation", {{"uri", file_of(record.probe)}}},
              {"region", {{"startLine", 1}}}}},
            {"logicalLocations", json::array({logical})}};
  }

  [[nodiscard]] json result(const Record& record, std::size_t index) const {
    // The same finding in the next run: whatever its evidence says then.
    const std::string print = sha256(name_ + '\0' + record.probe);
    json value = {{"ruleId", record.probe},
                  {"ruleIndex", index},
                  {"kind", "fail"},
                  {"level", level_of(record.verdict)},
                  {"message", {{"text", message_of(name_, record)}}},
                  {"locations", json::array({location(record)})},
                  {"partialFingerprints",
                   {{"bulkheadFinding/v1", print},
                    // The one that GitHub looks at.
                    {"primaryLocationLineHash", print + ":1"}}},
                  {"properties",
                   {{"verdict", name_of(record.verdict)},
                    {"repeat", visible(record.repeat)}}}};
    if (record.waived) {
      value["suppressions"] = json::array(
          {{{"kind", "external"},
            {"status", "accepted"},
            {"justification",
             fmt::format("until {}: {}", visible(record.waived->until),
                         visible(record.waived->reason))}}});
    }
    return value;
  }

  const Report& report_;
  const SubjectReport& run_;
  std::string name_;
};

}  // namespace

std::string to_sarif(const Report& report) {
  const auto names = names_of_runs(report);
  json runs = json::array();
  for (std::size_t i = 0; i < report.runs.size(); ++i) {
    runs.push_back(Run(report, report.runs[i], names[i]).render());
  }
  const json log = {{"$schema", kSarifSchema},
                    {"version", "2.1.0"},
                    {"runs", std::move(runs)}};
  return log.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace bulkhead::verify
