// bulkhead matrix: flags for verify/matrix.h.
#include "verify/matrix.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/embedded_probe.h"
#include "cli/usage.h"
#include "cli/verbs.h"

namespace bulkhead::cli {

void add_matrix(CLI::App& app, Action& action) {
  CLI::App* verb = app.add_subcommand(
      "matrix", "Prove the suite itself: kill or depth, on this host");
  auto options = std::make_shared<verify::MatrixOptions>();
  verb->add_option("which", options->which,
                   "kill: every step of the plan left out, and the probes "
                   "that notice; depth: the boundaries that contain each "
                   "probe alone")
      ->required()
      ->check(CLI::IsMember({"kill", "depth"}));
  verb->add_option("--probe", options->probe_globs, "Probe ids, with * and ?")
      ->allow_extra_args(false);
  verb->add_option("--step", options->step_globs,
                   "kill: steps of `bulkhead explain`, with * and ?")
      ->allow_extra_args(false);
  verb->add_option("--format", options->format, "On stdout: tty or json")
      ->check(CLI::IsMember({"tty", "json"}));
  verb->add_option("--json", options->json_file, "Write the JSON here as well")
      ->check(names_a_file("use --format json"));
  verb->callback([options, &action] {
    action = [options] {
      options->live = isatty(STDERR_FILENO) == 1;
      options->self_exe = own_executable();
      options->probe_binary = embedded_probe();
      return verify::matrix_main(*options);
    };
  });
}

}  // namespace bulkhead::cli
