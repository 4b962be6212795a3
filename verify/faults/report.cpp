#include "verify/faults/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "verify/answers.h"
#include "verify/report.h"
#include "verify/words.h"

namespace bulkhead::verify::faults {
namespace {

using nlohmann::json;

constexpr std::array kKinds = {Fault::Kind::kSingle, Fault::Kind::kLie,
                               Fault::Kind::kPersistent, Fault::Kind::kPair};

std::string repeat_command(const Sweep& sweep, const SweepOptions& options,
                           const Fault& fault) {
  std::string command =
      "bulkhead verify --faults --subject " + shell_quoted(sweep.subject);
  for (const Boundary boundary : options.without) {
    command += " --without " + std::string(name_of(boundary));
  }
  return command + " --fault " + shell_quoted(fault.text());
}

json row_json(const Sweep& sweep, const SweepOptions& options,
              const SweepRow& row) {
  json one = {
      {"fault", row.fault.text()},
      {"kind", word_of(row.fault.kind)},
      {"outcome", kOutcomeWords[static_cast<std::size_t>(row.judged.outcome)]},
      {"start_ms", row.result.start_ms},
      {"code", row.result.code},
      {"signal", row.result.signal},
      {"said", row.result.said}};
  if (!row.judged.weaker.empty()) one["weaker"] = row.judged.weaker;
  if (!row.judged.unjudged.empty()) one["unjudged"] = row.judged.unjudged;
  if (!row.judged.residue.empty()) one["residue"] = row.judged.residue;
  if (is_bad(row.judged.outcome)) {
    one["repeat"] = repeat_command(sweep, options, row.fault);
  }
  return one;
}

json counts_of(const Sweep& sweep) {
  json counts = json::object();
  for (const Fault::Kind kind : kKinds) {
    json& of_kind = counts[std::string(word_of(kind))];
    of_kind["faults"] = 0;
    for (const auto word : kOutcomeWords) of_kind[std::string(word)] = 0;
  }
  for (const SweepRow& row : sweep.rows) {
    json& of_kind = counts[std::string(word_of(row.fault.kind))];
    const auto outcome = static_cast<std::size_t>(row.judged.outcome);
    json& count = of_kind[std::string(kOutcomeWords[outcome])];
    count = count.get<int>() + 1;
    of_kind["faults"] = of_kind["faults"].get<int>() + 1;
  }
  return counts;
}

/// How many faults each probe or trace comes up in.
json tally(const Sweep& sweep, std::vector<std::string> Judged::*lines) {
  std::map<std::string, int> counts;
  for (const SweepRow& row : sweep.rows) {
    for (const std::string& line : row.judged.*lines) ++counts[line];
  }
  return counts;
}

std::string table_line(const std::string& subject, const std::string& kind,
                       const json& counts) {
  std::string text = fmt::format("{:<16} {:<10} {:>7}", subject, kind,
                                 counts["faults"].get<int>());
  for (const auto word : kOutcomeWords) {
    text += fmt::format(" {:>11}", counts[std::string(word)].get<int>());
  }
  return text + "\n";
}

std::string table_of(const json& runs) {
  std::string text =
      fmt::format("{:<16} {:<10} {:>7}", "subject", "kind", "faults");
  for (const auto word : kOutcomeWords) text += fmt::format(" {:>11}", word);
  text += "\n";
  for (const json& run : runs) {
    for (const Fault::Kind kind : kKinds) {
      const std::string word(word_of(kind));
      text += table_line(run["subject"].get<std::string>(), word,
                         run["counts"][word]);
    }
  }
  return text;
}

/// What came up most, first.
std::string tally_text(const json& tally, std::size_t most) {
  std::vector<std::pair<int, std::string>> lines;
  for (const auto& [line, count] : tally.items()) {
    lines.emplace_back(-count.get<int>(), line);
  }
  std::ranges::sort(lines);
  std::string text;
  for (std::size_t i = 0; i < lines.size() && i < most; ++i) {
    text += fmt::format("    {:>5}  {}\n", -lines[i].first, lines[i].second);
  }
  if (lines.size() > most) {
    text += fmt::format("           and {} more\n", lines.size() - most);
  }
  return text;
}

std::string bad_line(const json& row) {
  std::string text =
      fmt::format("  ✗ {}: {}\n", row["outcome"].get<std::string>(),
                  row["fault"].get<std::string>());
  for (const char* list : {"weaker", "residue"}) {
    if (!row.contains(list)) continue;
    std::string line;
    for (const json& one : row[list])
      line += " " + one.get<std::string>() + ";";
    if (line.size() > 300) line = line.substr(0, 300) + "…";
    text += fmt::format("      {}:{}\n", list, line);
  }
  const std::string said = row["said"].get<std::string>();
  if (!said.empty()) text += "      said: " + said + "\n";
  return text + "      " + row["repeat"].get<std::string>() + "\n";
}

constexpr std::size_t kMostTallied = 20;

std::string details_of(const json& run, std::size_t most) {
  std::string text = fmt::format(
      "\n{} ({}): {} of {} faults at {} calls, {} probes, slowest start or "
      "error {} ms\n",
      run["subject"].get<std::string>(), run["version"].get<std::string>(),
      run["rows"].size(), run["possible"].get<int>(), run["sites"].get<int>(),
      run["battery"].size(), run["slowest_start_ms"].get<int>());
  if (!run["weaker"].empty()) {
    text += "  what got weaker, and in how many starts:\n" +
            tally_text(run["weaker"], kMostTallied);
  }
  if (!run["unjudged"].empty()) {
    text +=
        "  what held and could not be told any more, and in how many "
        "starts:\n" +
        tally_text(run["unjudged"], kMostTallied);
  }
  if (!run["residue"].empty()) {
    text += "  what was left, and after how many starts:\n" +
            tally_text(run["residue"], kMostTallied);
  }
  std::size_t told = 0;
  std::size_t bad = 0;
  for (const json& row : run["rows"]) {
    if (!row.contains("repeat")) continue;
    ++bad;
    if (most != 0 && told == most) continue;
    ++told;
    text += bad_line(row);
  }
  if (bad > told) {
    text +=
        fmt::format("  … and {} more: --format json tells all\n", bad - told);
  }
  return text;
}

}  // namespace

json to_json(const Sweep& sweep, const SweepOptions& options) {
  json rows = json::array();
  int slowest = 0;
  for (const SweepRow& row : sweep.rows) {
    rows.push_back(row_json(sweep, options, row));
    if (row.judged.outcome != Outcome::kHang) {
      slowest = std::max(slowest, row.result.start_ms);
    }
  }
  json probes = json::array();
  for (const auto& [probe, is] : sweep.usual.held) {
    if (is == Held::kContained) probes.push_back(probe);
  }
  return {{"subject", sweep.subject},
          {"version", sweep.version},
          {"omitted", sweep.omitted},
          {"seed", options.seed},
          {"sample", options.sample},
          {"possible", sweep.possible},
          {"sites", sweep.usual.sites.size()},
          {"battery", std::move(probes)},
          {"slowest_start_ms", slowest},
          {"counts", counts_of(sweep)},
          {"weaker", tally(sweep, &Judged::weaker)},
          {"unjudged", tally(sweep, &Judged::unjudged)},
          {"residue", tally(sweep, &Judged::residue)},
          {"rows", std::move(rows)}};
}

std::string to_terminal(const json& runs, std::size_t most) {
  std::string text =
      "One call of each start answered in the kernel's place: by an errno, or "
      "by a lie.\n\n" +
      table_of(runs);
  for (const json& run : runs) text += details_of(run, most);
  return text;
}

int status_of(const json& runs) {
  int status = kExitContained;
  for (const json& run : runs) {
    const bool none = std::ranges::all_of(run["rows"], [](const json& row) {
      return row["outcome"] == "not-reached";
    });
    if (none) return kExitInconclusive;
    const bool bad = std::ranges::any_of(
        run["rows"], [](const json& row) { return row.contains("repeat"); });
    if (bad) status = kExitEscaped;
  }
  return status;
}

}  // namespace bulkhead::verify::faults
