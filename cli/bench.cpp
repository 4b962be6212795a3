// bulkhead bench: flags for bench/bench.h.
#include "bench/bench.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/usage.h"
#include "cli/verbs.h"

namespace bulkhead::cli {

void add_bench(CLI::App& app, Action& action) {
  CLI::App* verb = app.add_subcommand(
      "bench", "Measure starts, against the kernel's floor and other runtimes");
  auto options = std::make_shared<bench::BenchOptions>();
  verb->add_option("group", options->groups, "What to measure; default: all")
      ->check(CLI::IsMember(bench::group_names()));
  verb->add_option("--format", options->format, "tty, json or html")
      ->check(CLI::IsMember({"tty", "json", "html"}));
  verb->add_option("--output", options->output_file,
                   "Write it here instead of on stdout")
      ->check(names_a_file("leave the flag out"));
  verb->add_option("--rounds", options->effort.rounds,
                   "Samples of each variant")
      ->check(CLI::Range(1, 100000));
  verb->add_option("--gap-us", options->effort.gap_us,
                   "Microseconds between samples: back-to-back starts hide "
                   "what the kernel defers")
      ->check(CLI::Range(0, 1000000));
  verb->add_option("--seed", options->effort.seed,
                   "Of the order in which variants take turns");
  verb->add_flag("--quick", options->effort.quick,
                 "Only that everything runs, confined: says nothing of time");
  verb->add_option("--from", options->from_files,
                   "Print this run's JSON instead of measuring; of several "
                   "the goals, side by side")
      ->allow_extra_args(false);
  verb->add_option("--compare", options->compare,
                   "Two runs' JSON, before and after: faster, slower or no "
                   "difference, by a rank test on ratios to each run's own "
                   "baseline; 1 if anything is slower")
      ->expected(2);
  verb->add_option("--alpha", options->alpha,
                   "--compare: chance of any false difference")
      ->check(CLI::Range(1e-9, 0.5));
  verb->add_option("--least-change", options->least_change_percent,
                   "--compare: percent below which a change does not count")
      ->check(CLI::Range(0.0, 1000.0));
  verb->add_option("--peer", options->peers,
                   "NAME=SUBJECT@DIRECTORY: a runtime out of another userland, "
                   "whose /usr is laid over this one's; repeatable")
      ->allow_extra_args(false);
  verb->add_flag("--schema", options->schema,
                 "Print the JSON Schema of the JSON and measure nothing");
  verb->callback([options, &action] {
    action = [options] {
      options->live = isatty(STDERR_FILENO) == 1;
      options->self_exe = own_executable();
      return bench::bench_main(*options);
    };
  });
}

}  // namespace bulkhead::cli
