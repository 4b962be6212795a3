// The whole command line: every verb, its help, usage errors.
#include "cli/program.h"

#include <CLI/CLI.hpp>
#include <span>
#include <string>

#include "cli/usage.h"
#include "cli/verbs.h"

namespace bulkhead::cli {
namespace {

/// `verify`, `matrix`, `page` and `bench` speak pytest's exit statuses, the
/// rest those of a runtime.
int usage_status(int argc, char** argv) {
  const std::string verb = argc > 1 ? argv[1] : "";
  return verb == "verify" || verb == "matrix" || verb == "page" ||
                 verb == "bench"
             ? kVerifyUsage
             : kRuntimeError;
}

}  // namespace

int run_program(int argc, char** argv) {
  CLI::App app{
      "Proves, by trying, that a Linux container holds, and runs containers "
      "with every protection on."};
  app.name("bulkhead");
  app.require_subcommand(1);
  app.set_version_flag("--version", "bulkhead " BULKHEAD_VERSION);
  Action action;
  add_run(app, action);
  add_explain(app, action);
  add_doctor(app, action);
  add_spec(app, action);
  add_verify(app, action);
  add_probes(app, action);
  add_matrix(app, action);
  add_page(app, action);
  add_bench(app, action);
  add_gc(app, action);
  add_pool(app, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    const std::span<char* const> words(argv + 1, argv + argc);
    report({.what = usage_problem(app, words, error)});
    return usage_status(argc, argv);
  }
  return action();
}

}  // namespace bulkhead::cli
