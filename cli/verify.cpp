// bulkhead verify: flags for verify/verify.h.
#include "verify/verify.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cstdlib>
#include <memory>

#include "cli/embedded_probe.h"
#include "cli/verbs.h"

namespace bulkhead::cli {
namespace {

std::string own_executable() {
  std::array<char, 4096> path{};
  return readlink("/proc/self/exe", path.data(), path.size() - 1) > 0
             ? std::string(path.data())
             : std::string();
}

/// no-color.org: set and not empty means none; CLICOLOR_FORCE the opposite.
bool wants_color() {
  const char* none = getenv("NO_COLOR");
  if (none != nullptr && *none != '\0') return false;
  const char* force = getenv("CLICOLOR_FORCE");
  if (force != nullptr && *force != '\0') return true;
  return isatty(STDOUT_FILENO) == 1;
}

}  // namespace

void add_verify(CLI::App& app, Action& action) {
  CLI::App* verb = app.add_subcommand(
      "verify", "Try every boundary from inside, with its red twin");
  auto options = std::make_shared<verify::VerifyOptions>();
  verb->add_option("--subject", options->subjects,
                   "bulkhead, none, crun, runc, bwrap, a path to an OCI "
                   "runtime, or a template with {rootfs} and {argv}; "
                   "repeatable")
      ->take_all()
      ->allow_extra_args(false);
  verb->add_option("--probe", options->probe_globs, "Probe ids, with * and ?")
      ->allow_extra_args(false);
  verb->add_option("--boundary", options->boundaries,
                   "Probes of these boundaries")
      ->allow_extra_args(false);
  verb->add_option("--format", options->format, "On stdout: tty or json")
      ->check(CLI::IsMember({"tty", "json"}));
  verb->add_option("--json", options->json_file, "Write the JSON here as well");
  verb->add_option("--baseline", options->baseline_file,
                   "Waivers: each with a reason and an end date");
  verb->add_option("--without", options->extra_without,
                   "Take a boundary out of the spec before the subject sees "
                   "it: what it loses must show")
      ->allow_extra_args(false);
  verb->add_flag("--syscalls", options->syscalls,
                 "The system-call surface in place of the probes: the filter, "
                 "read from outside, against every number tried inside");
  verb->callback([options, &action] {
    action = [options] {
      options->color = wants_color();
      options->progress = isatty(STDERR_FILENO) == 1;
      options->self_exe = own_executable();
      options->probe_binary = embedded_probe();
      return verify::verify_main(*options);
    };
  });
}

}  // namespace bulkhead::cli
