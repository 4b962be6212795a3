#include "verify/page_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "runtime/base/boundary.h"
#include "verify/json_parts.h"
#include "verify/page_diff.h"
#include "verify/report_view.h"
#include "verify/visible.h"

namespace bulkhead::verify {
namespace {

using nlohmann::json;

/// `value` with every text in it, names too, made visible.
json seen(const json& value) {
  if (value.is_string()) return visible(value.get_ref<const std::string&>());
  if (!value.is_structured()) return value;
  json shown = value.is_array() ? json::array() : json::object();
  for (const auto& [name, part] : value.items()) {
    if (value.is_array()) {
      shown.push_back(seen(part));
    } else {
      shown[visible(name)] = seen(part);
    }
  }
  return shown;
}

/// A value once, whoever has it: most controls and claims are those of many.
class Pool {
 public:
  std::size_t add(const json& value) {
    const auto [place, is_new] = places_.try_emplace(
        value.dump(-1, ' ', false, json::error_handler_t::replace),
        values_.size());
    if (is_new) values_.push_back(seen(value));
    return place->second;
  }
  [[nodiscard]] const json& values() const { return values_; }

 private:
  std::map<std::string, std::size_t> places_;
  json values_ = json::array();
};

/// The records, with what they share taken out of them.
class Records {
 public:
  void add(const PageRecord& record, std::size_t run) {
    const json& source = record.source;
    json row = {{"run", run},
                {"verdict", name_of(record.verdict)},
                {"word", word_of(record)},
                {"by", seen(part_of(source, "by"))},
                {"evidence", seen(part_of(source, "evidence"))},
                {"repeat", seen(part_of(source, "repeat"))}};
    row["probe"] = probes_.add({{"id", record.probe},
                                {"boundary", record.boundary},
                                {"claim", part_of(source, "claim")},
                                {"watches", part_of(source, "watches")},
                                {"references", part_of(source, "references")},
                                {"remedy", part_of(source, "remedy")}});
    for (const char* half :
         {"attempt", "witness", "control", "control_outside", "outside"}) {
      const json& observation = part_of(source, half);
      row[half] =
          observation.is_null() ? json() : json(halves_.add(observation));
    }
    if (record.waived) row["waived"] = seen(part_of(source, "waived"));
    if (source.is_object() && source.contains("alone")) {
      row["alone"] = seen(source["alone"]);
    }
    if (!record.defects.empty()) row["defects"] = seen(record.defects);
    records_.push_back(std::move(row));
  }

  void into(json& model) && {
    model["probes"] = probes_.values();
    model["halves"] = halves_.values();
    model["records"] = std::move(records_);
  }

 private:
  Pool probes_;
  Pool halves_;
  json records_ = json::array();
};

json runs_json(const std::vector<PageRun>& runs) {
  std::set<std::string> architectures;
  for (const PageRun& run : runs) architectures.insert(run.architecture);
  json rows = json::array();
  for (const PageRun& run : runs) {
    rows.push_back(seen({{"machine", run.machine(architectures.size() > 1)},
                         {"kernel", run.kernel},
                         {"architecture", run.architecture},
                         {"cgroups", run.cgroups},
                         {"subject", run.subject},
                         {"version", run.version},
                         {"file", run.file},
                         {"spec", run.spec_digest},
                         {"asides", run.asides},
                         {"defects", run.defects}}));
  }
  return rows;
}

json boundaries_of(const std::vector<PageRun>& runs) {
  std::set<std::string> used;
  for (const PageRun& run : runs) {
    for (const PageRecord& record : run.records) used.insert(record.boundary);
  }
  json columns = json::array();
  for (const std::string_view name : kBoundaryNames) {
    if (used.contains(std::string(name))) columns.push_back(name);
  }
  if (used.contains(std::string(kUnknownBoundary))) {
    columns.push_back(kUnknownBoundary);
  }
  return columns;
}

json comparison_json(const std::vector<PageRun>& now,
                     const std::vector<PageRun>& before) {
  const Comparison comparison = compare(now, before);
  json pairs = json::array();
  for (const RunPair& pair : comparison.pairs) {
    pairs.push_back({{"now", pair.now}, {"before", pair.before}});
  }
  json changes = json::array();
  for (const Change& change : comparison.changes) {
    changes.push_back(seen({{"kind", name_of(change.kind)},
                            {"probe", change.probe},
                            {"now", change.now},
                            {"before", change.before},
                            {"from", change.from},
                            {"to", change.to}}));
  }
  return {{"title", title_of(before)},
          {"runs", runs_json(before)},
          {"pairs", std::move(pairs)},
          {"changes", std::move(changes)}};
}

/// What a reader must know before believing a colour.
json problems_of(const PageSources& sources, const std::vector<PageRun>& runs) {
  json problems = json::array();
  for (const PageDocument& report : sources.reports) {
    const std::string wrong = not_a_report(report.document);
    if (!wrong.empty()) {
      problems.push_back(visible(report.file +
                                 (report.file.empty() ? "" : ": ") +
                                 "is not of the published form: " + wrong));
    }
  }
  std::set<std::string> specs;
  for (const PageRun& run : runs) specs.insert(run.spec_digest);
  if (specs.size() > 1) {
    problems.push_back(fmt::format(
        "{} different specs: the runs were not asked for the same isolation",
        specs.size()));
  }
  return problems;
}

json symbols() {
  json shown = json::object();
  for (std::size_t i = 0; i < kVerdictNames.size(); ++i) {
    shown[std::string(kVerdictNames[i])] = symbol_of(static_cast<Verdict>(i));
  }
  return shown;
}

}  // namespace

json page_model(const PageSources& sources) {
  const std::vector<PageRun> runs = runs_of(sources.reports);
  json model = {{"version", BULKHEAD_VERSION},
                {"title", title_of(runs)},
                {"result", result_of(runs)},
                {"symbols", symbols()},
                {"boundaries", boundaries_of(runs)},
                {"runs", runs_json(runs)},
                {"problems", problems_of(sources, runs)}};
  Records records;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    for (const PageRecord& record : runs[i].records) records.add(record, i);
  }
  std::move(records).into(model);
  if (!sources.before.empty()) {
    model["comparison"] = comparison_json(runs, runs_of(sources.before));
  }
  if (sources.kill) model["kill"] = seen(sources.kill->document);
  if (sources.depth) model["depth"] = seen(sources.depth->document);
  return model;
}

}  // namespace bulkhead::verify
