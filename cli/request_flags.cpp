// The flags of a request for the whole command line.
#include <CLI/CLI.hpp>

#include "cli/request.h"

namespace bulkhead::cli {
namespace {

void add_flag(CLI::App& app, const Flag& flag, SpecFlags& flags) {
  const FlagValue place = flag.at(flags);
  const std::string name(flag.name);
  CLI::Option* option = std::visit(
      [&](auto* value) -> CLI::Option* {
        if constexpr (std::is_same_v<decltype(value), bool*>) {
          return app.add_flag(name, *value, flag.help);
        } else {
          return app.add_option(name, *value, flag.help)->type_name(flag.type);
        }
      },
      place);
  if (*flag.group != '\0') option->group(flag.group);
  // It may be given again and again, and never swallows the word after its
  // value.
  if (std::holds_alternative<std::vector<std::string>*>(place)) {
    option->allow_extra_args(false);
  }
}

}  // namespace

void add_request(CLI::App& app, Request& request) {
  for (const Flag& flag : spec_flags()) add_flag(app, flag, request.flags);
  app.add_option("command", request.flags.command,
                 "program and arguments, after --")
      ->type_name("");
  app.add_option("--bundle", request.bundle,
                 "OCI bundle: a directory with config.json; then one "
                 "positional, the container id");
}

}  // namespace bulkhead::cli
