// The verb `run` for the whole command line.
#include <CLI/CLI.hpp>
#include <memory>

#include "cli/pool_client.h"
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
  auto pool = std::make_shared<PoolRun>();
  verb->add_option("--pool", pool->socket,
                   "Have the pool at this socket (`bulkhead pool`) run one of "
                   "its containers, with what stands after -- as the arguments "
                   "of its command. No other flag goes with it")
      ->type_name("SOCKET");
  verb->callback([verb, options, pool, &action] {
    if (pool->socket.empty()) {
      action = [options] { return run(*options); };
      return;
    }
    for (const CLI::Option* option : verb->get_options()) {
      const std::string name = option->get_name();
      if (option->count() != 0 && name != "--pool" && name != "command") {
        throw CLI::ValidationError(
            "run --pool", name + ": what runs was said to `bulkhead pool`");
      }
    }
    pool->arguments = options->request.flags.command;
    action = [pool] { return run_in_pool(*pool); };
  });
}

}  // namespace bulkhead::cli
