// bulkhead page: flags for verify/page.h.
#include "verify/page.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/usage.h"
#include "cli/verbs.h"

namespace bulkhead::cli {

void add_page(CLI::App& app, Action& action) {
  CLI::App* verb = app.add_subcommand(
      "page", "Put reports of several machines on one page of HTML");
  auto options = std::make_shared<verify::PageOptions>();
  verb->add_option("report", options->reports,
                   "JSON reports of `bulkhead verify`, each of one machine")
      ->required();
  verb->add_option("--before", options->before,
                   "An earlier JSON report: show what changed; repeatable")
      ->allow_extra_args(false);
  verb->add_option("--kill", options->kill_file,
                   "The JSON of `bulkhead matrix kill`");
  verb->add_option("--depth", options->depth_file,
                   "The JSON of `bulkhead matrix depth`");
  verb->add_option("--output", options->output_file,
                   "Write the page here instead of on stdout")
      ->check(names_a_file("leave the flag out"));
  verb->callback([options, &action] {
    action = [options] { return verify::page_main(*options); };
  });
}

}  // namespace bulkhead::cli
