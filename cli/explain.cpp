// bulkhead explain: the plan, readable.
#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <memory>

#include "cli/request.h"
#include "cli/shell_script.h"
#include "cli/verbs.h"
#include "runtime/plan/compile.h"

namespace bulkhead::cli {
namespace {

const char* side_word(Side side) {
  switch (side) {
    case Side::kParent:
      return "supervisor";
    case Side::kBefore:
      return "before clone";
    case Side::kBeside:
      return "supervisor, while the child waits";
    case Side::kChild:
      return "child";
  }
  return "";
}

void print_steps(const Plan& plan) {
  int number = 0;
  for (const Step& step : plan.steps) {
    const bool skipped = plan.spec.skipped_steps.contains(step.name);
    printf("%3d  %s  [%s, %s]%s\n", ++number, step.name.c_str(),
           std::string(name_of(step.boundary)).c_str(), side_word(step.side),
           skipped ? "  SKIPPED" : "");
    if (!step.reason.empty()) printf("     %s\n", step.reason.c_str());
    for (const std::string& call : step.calls) {
      if (call != "close") printf("       %s\n", call.c_str());
    }
  }
  for (const Degradation& degradation : plan.degradations) {
    printf("  -  without %s: %s\n", degradation.feature.c_str(),
           degradation.reason.c_str());
  }
}

struct ExplainOptions {
  Request request;
  std::string form = "list";
};

int explain(ExplainOptions& options) {
  if (options.request.flags.command.empty()) {
    options.request.flags.command = {"sh"};
  }
  Result<Spec> spec = spec_of(options.request);
  if (!spec) return report(spec.error());
  const Result<Host> host = probe_host();
  if (!host) return report(host.error());
  const Result<Plan> plan = compile(std::move(*spec), *host);
  if (!plan) return report(plan.error());
  if (options.form == "shell") {
    fputs(shell_script(*plan).c_str(), stdout);
  } else {
    print_steps(*plan);
  }
  if (fflush(stdout) == 0) return 0;
  return report(Error{"explain: write to standard output", errno, "", {}});
}

}  // namespace

void add_explain(CLI::App& app, Action& action) {
  CLI::App* verb = app.add_subcommand(
      "explain", "Print the steps that build a container, with reasons");
  auto options = std::make_shared<ExplainOptions>();
  add_request(*verb, options->request);
  verb->add_option("--as", options->form,
                   "list: steps and system calls; shell: a script that builds "
                   "the container")
      ->check(CLI::IsMember({"list", "shell"}));
  verb->callback(
      [options, &action] { action = [options] { return explain(*options); }; });
}

}  // namespace bulkhead::cli
