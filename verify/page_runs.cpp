#include "verify/page_runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "runtime/base/boundary.h"
#include "verify/json_parts.h"
#include "verify/page_record.h"
#include "verify/report_schema.h"
#include "verify/schema_check.h"
#include "verify/sha256.h"

namespace bulkhead::verify {
namespace {

using nlohmann::json;

void add_texts(std::vector<std::string>& to, const std::string& label,
               const json& holder, const char* name) {
  for (const json& text : part_of(holder, name)) {
    if (text.is_string()) to.push_back(label + text.get<std::string>());
  }
}

std::vector<std::string> asides_in(const json& document, const json& part) {
  std::vector<std::string> asides;
  const json& subject = part_of(part, "subject");
  add_texts(asides, "does not offer ", subject, "not_offered");
  add_texts(asides, "said ", subject, "trouble");
  add_texts(asides, "not examined: ", part_of(document, "bundle"),
            "not_examined");
  add_texts(asides, "note: ", document, "notes");
  const json& box = part_of(part_of(document, "machine"), "box");
  add_texts(asides, "crash box: ", box, "notes");
  return asides;
}

/// How the records' verdicts count, in the words of a summary. A word that is
/// none is the record's own defect.
std::map<std::string, std::size_t> counted(const json& records) {
  std::map<std::string, std::size_t> counts = {{"waived", 0}};
  for (const std::string_view name : kVerdictNames) {
    counts[std::string(name)] = 0;
  }
  for (const json& record : records) {
    const bool waived = !part_of(record, "waived").is_null();
    const auto count =
        counts.find(waived ? "waived" : text_of(record, "verdict"));
    if (count != counts.end()) ++count->second;
  }
  return counts;
}

/// How the summary contradicts the records; empty: it does not.
std::string contradiction(const json& part) {
  const json& summary = part_of(part, "summary");
  for (const auto& [word, count] : counted(part_of(part, "records"))) {
    const json& said = part_of(summary, word);
    if (said == count) continue;
    return fmt::format("its summary says {}: {}, of its records {} are", word,
                       said.dump(), count);
  }
  std::multiset<std::string> escaped;
  for (const json& record : part_of(part, "records")) {
    if (part_of(record, "waived").is_null() &&
        text_of(record, "verdict") == "escaped") {
      escaped.insert(text_of(record, "probe"));
    }
  }
  const json& named = part_of(summary, "escaped_probes");
  if (!named.is_array() ||
      std::multiset<json>(named.begin(), named.end()) !=
          std::multiset<json>(escaped.begin(), escaped.end())) {
    return "its summary names other escaped probes than its records do";
  }
  return {};
}

/// A run that contradicts itself proves nothing; its escapes stand.
void distrust(PageRun& run, const std::string& why) {
  run.defects.push_back(why);
  for (PageRecord& record : run.records) {
    if (record.verdict == Verdict::kEscaped && !record.waived) continue;
    record.verdict = Verdict::kInconclusive;
    record.waived = false;
    record.defects.push_back("the run it stands in is not believed: " + why);
  }
}

void distrust_twins(PageRun& run) {
  std::map<std::string, std::size_t> times;
  for (const PageRecord& record : run.records) ++times[record.probe];
  for (PageRecord& record : run.records) {
    if (times[record.probe] == 1) continue;
    record.defects.push_back("its probe has several records in this run");
    record.waived = false;
    if (record.verdict != Verdict::kEscaped) {
      record.verdict = Verdict::kInconclusive;
    }
  }
}

PageRun make_run(const PageDocument& report, const json& part) {
  const json& document = report.document;
  const json& machine = part_of(document, "machine");
  const json& subject = part_of(part, "subject");
  PageRun run{.file = report.file,
              .kernel = text_of(machine, "kernel"),
              .architecture = text_of(machine, "architecture"),
              .cgroups = text_of(machine, "cgroups"),
              .name = text_of(subject, "name"),
              .subject = text_of(subject, "name"),
              .version = text_of(subject, "version"),
              .asides = asides_in(document, part)};
  const json& spec = part_of(document, "spec");
  run.spec_digest =
      "sha256:" +
      sha256(spec.dump(-1, ' ', false, json::error_handler_t::replace));
  const RecordContext context{run.kernel, run.subject, run.version,
                              run.spec_digest};
  RecordReader reader;
  for (const json& record : part_of(part, "records")) {
    run.records.push_back(reader.read(record, context));
  }
  distrust_twins(run);
  if (run.records.empty()) run.defects.emplace_back("it has no record at all");
  if (const std::string why = contradiction(part); !why.empty()) {
    distrust(run, why);
  }
  return run;
}

void name_apart(std::vector<PageRun>& runs) {
  std::set<std::array<std::string, 2>> taken;
  for (PageRun& run : runs) {
    for (int number = 2; !taken.insert({run.machine(true), run.subject}).second;
         ++number) {
      run.subject = fmt::format("{} ({})", run.name, number);
    }
  }
}

void add_missing(std::vector<PageRun>& runs) {
  std::map<std::string, PageRecord> known;
  for (const PageRun& run : runs) {
    for (const PageRecord& record : run.records) {
      known.try_emplace(record.probe, record);
    }
  }
  for (PageRun& run : runs) {
    std::set<std::string> has;
    for (const PageRecord& record : run.records) has.insert(record.probe);
    for (const auto& [probe, twin] : known) {
      if (has.contains(probe)) continue;
      PageRecord missing{
          .probe = probe,
          .boundary = twin.boundary,
          .missing = true,
          .defects = {"this run has no record of it, others on this page do"},
          .source = json::object()};
      for (const char* word : {"claim", "watches", "references", "remedy"}) {
        if (twin.source.is_object() && twin.source.contains(word)) {
          missing.source[word] = twin.source[word];
        }
      }
      run.records.push_back(std::move(missing));
    }
  }
}

/// Whether `where` lies in a record or a summary.
bool is_inside_a_run(const json::json_pointer& where) {
  const std::string place = where.to_string();
  return place.starts_with("/summary") || place.starts_with("/records/") ||
         (place.starts_with("/runs/") &&
          (place.find("/summary") != std::string::npos ||
           place.find("/records/") != std::string::npos));
}

}  // namespace

std::string PageRun::machine(bool whole) const {
  return kernel + ", cgroup " + cgroups + (whole ? ", " + architecture : "");
}

const PageRecord* PageRun::find(const std::string& probe) const {
  const auto found = std::ranges::find(records, probe, &PageRecord::probe);
  return found == records.end() ? nullptr : &*found;
}

std::string not_a_report(const json& document) {
  static const json kSchema = json::parse(report_schema());
  const bool several = document.is_object() && document.contains("runs");
  auto wrong = violations_of(
      kSchema, kSchema["$defs"][several ? "several_subjects" : "one_subject"],
      document);
  std::erase_if(wrong,
                [](const Violation& it) { return is_inside_a_run(it.where); });
  if (wrong.empty()) return {};
  return most_telling(wrong).message() +
         (wrong.size() > 1 ? fmt::format(" (and {} more)", wrong.size() - 1)
                           : "");
}

std::vector<PageRun> runs_of(const std::vector<PageDocument>& reports) {
  std::vector<PageRun> runs;
  for (const PageDocument& report : reports) {
    const json& document = report.document;
    const json parts =
        document.contains("runs") ? document["runs"] : json::array({document});
    for (const json& part : parts) runs.push_back(make_run(report, part));
  }
  name_apart(runs);
  add_missing(runs);
  return runs;
}

}  // namespace bulkhead::verify
