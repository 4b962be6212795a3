#include "bench/document.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "bench/schema.h"
#include "runtime/base/file.h"
#include "verify/schema_check.h"
#include "verify/visible.h"

namespace bulkhead::bench {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxFileBytes = std::size_t{256} << 20U;
/// Printing a value descends as deep as it is; a run is seven deep.
constexpr int kMaxDepth = 20;
constexpr double kPrecision = 1000;  // A thousandth of a microsecond.

/// Digits that nobody measured are not printed.
json numbers(const Sample& sample) {
  json list = json::array();
  for (const double value : sample) {
    list.push_back(std::round(value * kPrecision) / kPrecision);
  }
  return list;
}

json to_json(const Row& row) {
  json samples = json::object();
  for (const auto& [metric, sample] : row.samples) {
    samples[metric] = numbers(sample);
  }
  return {{"name", row.name},
          {"about", row.about},
          {"baseline", row.baseline},
          {"error", row.error},
          {"samples", std::move(samples)}};
}

json to_json(const Group& group) {
  json rows = json::array();
  for (const Row& row : group.rows) rows.push_back(to_json(row));
  return {{"name", group.name},
          {"title", group.title},
          {"metric", group.metric},
          {"unit", group.unit},
          {"more_is_better", group.more_is_better},
          {"subject", group.subject},
          {"rows", std::move(rows)}};
}

Row row_of(const json& value) {
  Row row{.name = value["name"],
          .about = value["about"],
          .baseline = value["baseline"],
          .error = value["error"]};
  for (const auto& [metric, sample] : value["samples"].items()) {
    row.samples[metric] = sample.get<Sample>();
  }
  return row;
}

Group group_of(const json& value) {
  Group group{.name = value["name"],
              .title = value["title"],
              .metric = value["metric"],
              .unit = value["unit"],
              .more_is_better = value["more_is_better"],
              .subject = value["subject"]};
  for (const json& row : value["rows"]) group.rows.push_back(row_of(row));
  return group;
}

Machine machine_of(const json& value) {
  return {.kernel = value["kernel"],
          .cpu = value["cpu"],
          .cpus = value["cpus"],
          .memory_mb = value["memory_mb"],
          .cgroups = value["cgroups"],
          .counts_per_us = value["counts_per_us"]};
}

Noise noise_of(const json& value) {
  return {.load_before = value["load_before"],
          .load_after = value["load_after"],
          .steal_percent = value["steal_percent"],
          .busy_percent = value["busy_percent"],
          .calibration_us = value["calibration_us"].get<Sample>()};
}

/// What no schema can say; empty: nothing.
std::string contradiction(const Figures& run) {
  for (const Group& group : run.groups) {
    for (const Row& row : group.rows) {
      const std::string where = group.name + ": " + row.name;
      if (group.find(row.name) != &row) return where + " is there twice";
      if (!row.baseline.empty() && group.find(row.baseline) == nullptr) {
        return where + " is compared with " + row.baseline +
               ", which is not there";
      }
      if (row.error.empty() && !row.samples.contains(group.metric)) {
        return where + " has no samples and does not say why";
      }
    }
  }
  return {};
}

/// "line 3, column 7" of a byte's position, counted from 1.
std::string place_in(const std::string& text, std::size_t byte) {
  const std::string_view before =
      std::string_view(text).substr(0, byte == 0 ? 0 : byte - 1);
  const auto line = std::ranges::count(before, '\n') + 1;
  const std::size_t start = before.rfind('\n');
  return fmt::format(
      "line {}, column {}", line,
      before.size() - (start == std::string_view::npos ? 0 : start + 1) + 1);
}

Result<json> parse(const std::string& text) {
  bool too_deep = false;
  try {
    json document =
        json::parse(text, [&](int depth, json::parse_event_t, const json&) {
          too_deep = too_deep || depth > kMaxDepth;
          return !too_deep;
        });
    if (!too_deep) return document;
  } catch (const json::parse_error& error) {
    // What was left out for its depth may look like an error of its own.
    if (!too_deep) return fail("no JSON at " + place_in(text, error.byte));
  }
  return fail("it is nested too deep");
}

}  // namespace

json to_json(const Figures& run) {
  json groups = json::array();
  for (const Group& group : run.groups) groups.push_back(to_json(group));
  json absent = json::array();
  for (const Absent& one : run.absent) {
    absent.push_back(
        {{"group", one.group}, {"name", one.name}, {"reason", one.reason}});
  }
  const Machine& machine = run.machine;
  const Noise& noise = run.noise;
  return {{"schema", kSchemaName},
          {"version", run.version},
          {"when", run.when},
          {"machine",
           {{"kernel", machine.kernel},
            {"cpu", machine.cpu},
            {"cpus", machine.cpus},
            {"memory_mb", machine.memory_mb},
            {"cgroups", machine.cgroups},
            {"counts_per_us", machine.counts_per_us}}},
          {"noise",
           {{"load_before", noise.load_before},
            {"load_after", noise.load_after},
            {"steal_percent", noise.steal_percent},
            {"busy_percent", noise.busy_percent},
            {"calibration_us", numbers(noise.calibration_us)}}},
          {"rounds", run.rounds},
          {"gap_us", run.gap_us},
          {"seed", run.seed},
          {"quick", run.quick},
          {"groups", std::move(groups)},
          {"absent", std::move(absent)}};
}

Result<Figures> from_json(const json& value) {
  const json form = json::parse(bench_schema());
  if (const auto wrong = verify::violations_of(form, form, value);
      !wrong.empty()) {
    return fail(verify::most_telling(wrong).message());
  }
  Figures run{.version = value["version"],
              .when = value["when"],
              .machine = machine_of(value["machine"]),
              .noise = noise_of(value["noise"]),
              .rounds = value["rounds"],
              .gap_us = value["gap_us"],
              .seed = value["seed"],
              .quick = value["quick"]};
  for (const json& group : value["groups"]) {
    if (run.find(group["name"]) != nullptr) {
      return fail("the group " + group["name"].get<std::string>() +
                  " is there twice");
    }
    run.groups.push_back(group_of(group));
  }
  for (const json& one : value["absent"]) {
    run.absent.push_back({one["group"], one["name"], one["reason"]});
  }
  if (const std::string why = contradiction(run); !why.empty()) {
    return fail(verify::visible(why));
  }
  return run;
}

Result<Figures> read_run(const std::string& file) {
  const std::string name = verify::visible(file);
  const auto refuse = [&](const std::string& why) {
    return fail(name + " is no run of bulkhead bench: " + why, 0,
                "give what `bulkhead bench --format json` printed; `bulkhead "
                "bench --schema` prints its form",
                ErrorKind::kUsage);
  };
  const auto text = read_file(file, kMaxFileBytes);
  if (!text) {
    Error error = text.error();
    error.kind = ErrorKind::kUsage;
    return tl::unexpected(error);
  }
  const Result<json> document = parse(*text);
  if (!document) return refuse(document.error().what);
  Result<Figures> run = from_json(*document);
  if (!run) return refuse(run.error().what);
  return run;
}

}  // namespace bulkhead::bench
