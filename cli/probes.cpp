// bulkhead probes: what is tried, and why.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "cli/verbs.h"
#include "probes/probe.h"
#include "runtime/base/boundary.h"

namespace bulkhead::cli {
namespace {

struct ProbesOptions {
  std::string id;
  bool boundaries = false;
};

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    text += (text.empty() ? "" : ", ") + word;
  }
  return text;
}

void print_whole(const probes::Probe& probe) {
  printf(
      "%s\n  claim       %s\n  watches     %s\n  references  %s\n"
      "  remedy      %s\n  repeat      bulkhead verify --probe %s\n",
      probe.id.c_str(), probe.claim.c_str(), joined(probe.watches).c_str(),
      joined(probe.references).c_str(), probe.remedy.c_str(), probe.id.c_str());
}

int list(const ProbesOptions& options) {
  if (options.boundaries) {
    for (const std::string_view name : kBoundaryNames) {
      printf("%s\n", std::string(name).c_str());
    }
    return 0;
  }
  for (const probes::Probe& probe : probes::catalogue()) {
    if (options.id.empty()) {
      printf("%-36s %s\n", probe.id.c_str(), probe.claim.c_str());
    } else if (probe.id == options.id) {
      print_whole(probe);
      return 0;
    }
  }
  if (options.id.empty()) return 0;
  fprintf(stderr,
          "bulkhead: probes: no probe is called %s; see `bulkhead "
          "probes` for all of them\n",
          options.id.c_str());
  return kRuntimeError;
}

}  // namespace

void add_probes(CLI::App& app, Action& action) {
  CLI::App* verb =
      app.add_subcommand("probes", "List the probes, or explain one");
  auto options = std::make_shared<ProbesOptions>();
  verb->add_option("id", options->id, "A probe's id");
  verb->add_flag("--boundaries", options->boundaries,
                 "List the boundaries instead");
  verb->callback(
      [options, &action] { action = [options] { return list(*options); }; });
}

}  // namespace bulkhead::cli
