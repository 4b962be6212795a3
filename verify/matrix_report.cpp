// The matrices as JSON, and that JSON for people.
#include <fmt/format.h>

#include "verify/matrix.h"

namespace bulkhead::verify {
namespace {

using nlohmann::json;

std::string joined(const json& words, std::size_t most = 4) {
  std::string text;
  for (std::size_t i = 0; i < words.size() && i < most; ++i) {
    text += (i == 0 ? "" : " ") + words[i].get<std::string>();
  }
  if (words.size() > most) {
    text += fmt::format(" and {} more", words.size() - most);
  }
  return text;
}

/// What became of a step that was left out.
std::string kill_line(const json& row) {
  std::string text;
  const auto add = [&](const std::string& part) {
    text += (text.empty() ? "" : "; ") + part;
  };
  const std::string refused = row["refused_at"].get<std::string>();
  if (!refused.empty()) add("refused by the read-back of " + refused);
  const std::string needed = row["needed_by"].get<std::string>();
  if (!needed.empty()) add("the start fails at " + needed + ", which needs it");
  if (!row["noticed_by"].empty()) {
    add(fmt::format("{} with {} on", joined(row["noticed_by"]),
                    row["spec"].get<std::string>()));
  }
  if (!row["beside"].empty()) {
    add("left out together with " + joined(row["beside"]));
  }
  if (!row["saw"].empty()) add("sees the absence of " + joined(row["saw"]));
  const std::string exempt = row["exempt"].get<std::string>();
  if (!exempt.empty()) add("not tried: " + exempt);
  return text.empty() ? "NOBODY NOTICES" : text;
}

}  // namespace

json to_json(const KillMatrix& matrix) {
  json steps = json::array();
  std::size_t noticed = 0;
  std::size_t needed = 0;
  std::size_t exempt = 0;
  for (const KillRow& row : matrix.steps) {
    const bool excused = !row.exempt.empty();
    exempt += excused ? 1 : 0;
    noticed += !excused && row.noticed() ? 1 : 0;
    needed += !excused && row.only_needed() ? 1 : 0;
    steps.push_back({{"step", row.step},
                     {"boundary", row.boundary},
                     {"refused_at", row.refused_at},
                     {"needed_by", row.needed_by},
                     {"noticed_by", row.noticed_by},
                     {"spec", row.spec},
                     {"beside", row.beside},
                     {"saw", row.saw},
                     {"exempt", row.exempt}});
  }
  json probes = json::array();
  std::size_t turned = 0;
  std::size_t absent = 0;
  for (const TurnRow& row : matrix.probes) {
    absent += row.exempt.empty() ? 0 : 1;
    turned += row.exempt.empty() && !row.steps.empty() ? 1 : 0;
    probes.push_back(
        {{"probe", row.probe}, {"steps", row.steps}, {"exempt", row.exempt}});
  }
  return {{"schema", "bulkhead-kill-matrix-2"},
          {"steps", std::move(steps)},
          {"probes", std::move(probes)},
          {"summary",
           {{"steps", matrix.steps.size()},
            {"noticed", noticed},
            {"only_needed", needed},
            {"exempt", exempt},
            {"unnoticed", matrix.steps.size() - noticed - needed - exempt},
            {"probes", matrix.probes.size()},
            {"turned", turned},
            {"absent", absent},
            {"never_turned", matrix.probes.size() - turned - absent}}}};
}

json to_json(const DepthMatrix& matrix) {
  json probes = json::array();
  json summary = {{"probes", matrix.probes.size()}};
  std::map<std::string, std::size_t> counts;
  for (const DepthRow& row : matrix.probes) {
    std::string word = "depth_" + std::to_string(row.alone.size());
    if (!row.exempt.empty()) word = "not_judged";
    if (row.blind) word = "blind";
    ++counts[word];
    probes.push_back({{"probe", row.probe},
                      {"watches", row.watches},
                      {"alone", row.alone},
                      {"depth", row.alone.size()},
                      {"blind", row.blind},
                      {"exempt", row.exempt}});
  }
  for (const auto& [word, count] : counts) summary[word] = count;
  return {{"schema", "bulkhead-depth-matrix-1"},
          {"probes", std::move(probes)},
          {"summary", std::move(summary)}};
}

std::string kill_to_terminal(const json& matrix) {
  std::string text = "Every step of the plan, left out: who notices?\n\n";
  for (const json& row : matrix["steps"]) {
    text += fmt::format("{:<40} {}\n", row["step"].get<std::string>(),
                        kill_line(row));
  }
  std::string never;
  for (const json& row : matrix["probes"]) {
    if (row["steps"].empty() && row["exempt"].get<std::string>().empty()) {
      never += "  " + row["probe"].get<std::string>() + "\n";
    }
  }
  if (!never.empty()) {
    text += "\nProbes that no step's absence turns:\n" + never;
  }
  const json& sum = matrix["summary"];
  return text + fmt::format(
                    "\n{} steps: {} noticed, {} only needed by others, {} not "
                    "tried, {} unnoticed\n"
                    "{} probes: {} turned by a step's absence, {} not on this "
                    "kernel, {} never turned\n",
                    sum["steps"].get<int>(), sum["noticed"].get<int>(),
                    sum["only_needed"].get<int>(), sum["exempt"].get<int>(),
                    sum["unnoticed"].get<int>(), sum["probes"].get<int>(),
                    sum["turned"].get<int>(), sum["absent"].get<int>(),
                    sum["never_turned"].get<int>());
}

std::string depth_to_terminal(const json& matrix) {
  std::string text =
      "Boundaries that contain each probe alone. Depth 1 is one bug from "
      "escape;\ndepth 0 takes more than one boundary at once.\n\n";
  for (const json& row : matrix["probes"]) {
    std::string alone = joined(row["alone"], 9);
    const std::string exempt = row["exempt"].get<std::string>();
    const bool blind = row["blind"].get<bool>();
    if (!exempt.empty()) alone = exempt;
    if (blind) alone = "no answer with everything out";
    const bool judged = exempt.empty() && !blind;
    const auto depth = row["depth"].get<int>();
    text += fmt::format("{} {:<36} {}\n",
                        !judged      ? " –"
                        : depth == 1 ? "!1"
                                     : fmt::format("{:2}", depth),
                        row["probe"].get<std::string>(), alone);
  }
  text += "\n";
  for (const auto& [word, count] : matrix["summary"].items()) {
    text += fmt::format("{} {}\n", word, count.get<int>());
  }
  return text;
}

}  // namespace bulkhead::verify
