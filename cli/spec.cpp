// bulkhead spec: the config.json of a request.
#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <memory>

#include "cli/request.h"
#include "cli/verbs.h"
#include "runtime/spec/oci.h"

namespace bulkhead::cli {

void add_spec(CLI::App& app, Action& action) {
  CLI::App* verb = app.add_subcommand(
      "spec", "Print the OCI config.json that the same flags stand for");
  auto request = std::make_shared<Request>();
  add_request(*verb, *request);
  verb->callback([request, &action] {
    action = [request] {
      if (request->flags.command.empty()) request->flags.command = {"sh"};
      Result<Spec> spec = spec_of(*request);
      if (!spec) return report(spec.error());
      const std::string text = emit_oci(*spec);
      if (fputs(text.c_str(), stdout) >= 0 && fflush(stdout) == 0) return 0;
      return report(Error{"spec: write to standard output", errno, "", {}});
    };
  });
}

}  // namespace bulkhead::cli
