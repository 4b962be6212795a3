// bulkhead probes: what is tried, and why.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/verbs.h"
#include "probes/probe.h"
#include "runtime/base/boundary.h"
#include "verify/cve.h"

namespace bulkhead::cli {
namespace {

using nlohmann::json;

constexpr const char* kSchema = "bulkhead.probes/1";

struct ProbesOptions {
  std::string id;
  bool boundaries = false;
  bool cves = false;
  std::string format = "tty";
};

std::string text_of(const probes::Probe& probe) {
  return fmt::format(
      "{0}\n  claim       {1}\n  watches     {2}\n  references  {3}\n"
      "  remedy      {4}\n  repeat      bulkhead verify --probe {0}\n",
      probe.id, probe.claim, fmt::join(probe.watches, ", "),
      fmt::join(probe.references, ", "), probe.remedy);
}

json json_of(const probes::Probe& probe) {
  return {{"id", probe.id},
          {"boundary", probe.id.substr(0, probe.id.find('/'))},
          {"claim", probe.claim},
          {"watches", probe.watches},
          {"references", probe.references},
          {"remedy", probe.remedy},
          {"alone", probe.placement == probes::Placement::kAlone},
          {"outside", probe.inspect != nullptr},
          {"repeat", "bulkhead verify --probe " + probe.id}};
}

/// What is printed, in both forms; the caller prints one of them.
struct Answer {
  std::string text;
  json document = {{"schema", kSchema}};
};

Answer boundaries() {
  Answer answer;
  answer.document["boundaries"] = kBoundaryNames;
  for (const std::string_view name : kBoundaryNames) {
    answer.text += fmt::format("{}\n", name);
  }
  return answer;
}

Answer cves() {
  Answer answer;
  answer.document["cves"] = json::object();
  for (const auto& [cve, ids] : verify::known_cves()) {
    answer.document["cves"][cve] = ids;
    answer.text += fmt::format("{:<16} {}\n", cve, fmt::join(ids, ", "));
  }
  return answer;
}

Answer all_probes() {
  Answer answer;
  answer.document["probes"] = json::array();
  for (const probes::Probe& probe : probes::catalogue()) {
    answer.document["probes"].push_back(json_of(probe));
    answer.text += fmt::format("{:<36} {}\n", probe.id, probe.claim);
  }
  return answer;
}

Answer one_probe(const probes::Probe& probe) {
  Answer answer;
  answer.text = text_of(probe);
  answer.document["probes"] = json::array({json_of(probe)});
  return answer;
}

int print(const Answer& answer, const ProbesOptions& options) {
  const std::string text =
      options.format == "json" ? answer.document.dump(2) + "\n" : answer.text;
  if (fwrite(text.data(), 1, text.size(), stdout) != text.size() ||
      fflush(stdout) != 0) {
    return report({"probes: write to stdout", errno});
  }
  return 0;
}

int list(const ProbesOptions& options) {
  if (options.boundaries) return print(boundaries(), options);
  if (options.cves) return print(cves(), options);
  if (options.id.empty()) return print(all_probes(), options);
  const auto& all = probes::catalogue();
  const auto found = std::ranges::find(all, options.id, &probes::Probe::id);
  if (found != all.end()) return print(one_probe(*found), options);
  return report({"probes: no probe is called " + options.id +
                 "; see `bulkhead probes` for all of them"});
}

}  // namespace

void add_probes(CLI::App& app, Action& action) {
  CLI::App* verb =
      app.add_subcommand("probes", "List the probes, or explain one");
  auto options = std::make_shared<ProbesOptions>();
  auto* id = verb->add_option("id", options->id, "A probe's id");
  auto* boundaries = verb->add_flag("--boundaries", options->boundaries,
                                    "List the boundaries instead");
  verb->add_flag("--cve", options->cves,
                 "List the CVEs that probes refer to, and those probes")
      ->excludes(id)
      ->excludes(boundaries);
  verb->add_option("--format", options->format, "tty or json")
      ->check(CLI::IsMember({"tty", "json"}));
  verb->callback(
      [options, &action] { action = [options] { return list(*options); }; });
}

}  // namespace bulkhead::cli
