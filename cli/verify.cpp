// bulkhead verify: flags for verify/verify.h.
#include "verify/verify.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "cli/embedded_probe.h"
#include "cli/usage.h"
#include "cli/verbs.h"
#include "verify/report_formats.h"
#include "verify/report_schema.h"
#include "verify/subject.h"

namespace bulkhead::cli {
namespace {

/// no-color.org: set and not empty means none; CLICOLOR_FORCE the opposite.
bool wants_color() {
  const char* none = getenv("NO_COLOR");
  if (none != nullptr && *none != '\0') return false;
  const char* force = getenv("CLICOLOR_FORCE");
  if (force != nullptr && *force != '\0') return true;
  return isatty(STDOUT_FILENO) == 1;
}

int print_schema() {
  const std::string_view text = verify::report_schema();
  if (fwrite(text.data(), 1, text.size(), stdout) == text.size() &&
      fflush(stdout) == 0) {
    return verify::kExitContained;
  }
  report({"write to stdout", errno});
  return verify::kExitInconclusive;
}

}  // namespace

void add_verify(CLI::App& app, Action& action) {
  CLI::App* verb = app.add_subcommand(
      "verify", "Try every boundary from inside, with its red twin");
  auto options = std::make_shared<verify::VerifyOptions>();
  verb->add_option("--subject", options->subjects,
                   verify::all_subject_names() +
                       ", a path to an OCI runtime, or a template with "
                       "{rootfs} and {argv}; repeatable")
      ->take_all()
      ->allow_extra_args(false);
  verb->add_option("--probe", options->probe_globs, "Probe ids, with * and ?")
      ->allow_extra_args(false);
  verb->add_option("--boundary", options->boundaries,
                   "Probes of these boundaries")
      ->allow_extra_args(false);
  verb->add_option("--cve", options->cves,
                   "Probes that refer to these CVEs (`bulkhead probes --cve` "
                   "lists them)")
      ->allow_extra_args(false);
  verb->add_option("--format", options->format, "The report on stdout")
      ->check(CLI::IsMember(verify::format_names()));
  verb->add_option("--report", options->reports,
                   "FORMAT=FILE: write a report there as well; repeatable")
      ->allow_extra_args(false);
  verb->add_option_function<std::string>(
          "--json",
          [options](const std::string& file) {
            options->reports.push_back("json=" + file);
          },
          "Short for --report json=FILE")
      ->check(names_a_file("use --format json"));
  const auto schema = std::make_shared<bool>(false);
  verb->add_flag("--schema", *schema,
                 "Print the JSON Schema of the JSON report and run nothing");
  verb->add_option("--baseline", options->baseline_file,
                   "Waivers: each with a reason and an end date");
  verb->add_option("--bundle", options->bundle,
                   "A directory with a config.json of your own: what it asks "
                   "for must hold, what it leaves open is listed as open");
  verb->add_option("--without", options->extra_without,
                   "Take a boundary out of the spec before the subject sees "
                   "it: what it loses must show")
      ->allow_extra_args(false);
  verb->add_flag("--depth", options->depth,
                 "Find out, too, which boundaries contain each probe alone");
  verb->add_flag("--syscalls", options->syscalls,
                 "The system-call surface in place of the probes: the filter, "
                 "read from outside, against every number tried inside");
  auto* faults = verb->add_flag(
      "--faults", options->faults,
      "Whether the subject fails closed: every call of its start is made to "
      "fail, or to lie, one at a time");
  verb->add_option("--sample", options->fault_sample,
                   "Only so many faults of each subject, drawn by --seed")
      ->needs(faults);
  verb->add_option("--seed", options->fault_seed, "Which faults --sample draws")
      ->needs(faults);
  verb->add_option("--fault", options->fault_globs,
                   "Only faults like this, with * and ?")
      ->needs(faults)
      ->allow_extra_args(false);
  verb->callback([options, schema, &action] {
    action = [options, schema] {
      if (*schema) return print_schema();
      options->color = wants_color();
      options->progress = isatty(STDERR_FILENO) == 1;
      options->self_exe = own_executable();
      options->probe_binary = embedded_probe();
      return verify::verify_main(*options);
    };
  });
}

}  // namespace bulkhead::cli
