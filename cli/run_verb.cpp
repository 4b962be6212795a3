// The verb `run` for the whole command line.
#include <CLI/CLI.hpp>
#include <memory>

#include "cli/run.h"
#include "cli/start_as.h"
#include "cli/verbs.h"

namespace bulkhead::cli {

void add_run(CLI::App& app, Action& action) {
  CLI::App* verb = app.add_subcommand(
      "run", "Run a command in a container (default: everything confined)");
  auto options = std::make_shared<RunOptions>();
  add_request(*verb, options->request);
  verb->add_option("--result", options->result_file,
                   "Write what happened as JSON: exit, counters, "
                   "degradations, sabotage");
  verb->add_option("--start", options->way,
                   "How the container comes to be: from nothing, or from a "
                   "child of the same plan that waits behind its mounts (tree) "
                   "or one step before exec (parked)")
      ->check(CLI::IsMember(start_names()));
  verb->callback(
      [options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace bulkhead::cli
