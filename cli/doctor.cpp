// bulkhead doctor: what this host gives, found by trying, and the knob that
// changes it.
#include "runtime/host/doctor.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "cli/verbs.h"

namespace bulkhead::cli {
namespace {

const char* word_for(Finding::State state) {
  switch (state) {
    case Finding::State::kYes:
      return "yes";
    case Finding::State::kNo:
      return "no";
    case Finding::State::kUnneeded:
      return "-";
  }
  return "?";
}

int doctor() {
  const Result<Host> host = probe_host();
  if (!host) return report(host.error());
  bool all = true;
  for (const Finding& finding : examine(*host)) {
    const bool missing = finding.state == Finding::State::kNo;
    fmt::print("{:<4}{:<28}{}{}\n", word_for(finding.state), finding.name,
               finding.detail, finding.needed ? "" : " (not needed)");
    if (missing && !finding.knob.empty()) {
      fmt::print("{:<4}{:<28}→ {}\n", "", "", finding.knob);
    }
    all = all && !(missing && finding.needed);
  }
  fmt::print("\n{}\n", all ? "This host can run the hardened preset."
                           : "The hardened preset needs what is missing above, "
                             "or `--prefer` for it.");
  return fflush(stdout) == 0 && all ? 0 : 1;
}

}  // namespace

void add_doctor(CLI::App& app, Action& action) {
  CLI::App* verb = app.add_subcommand(
      "doctor", "Try what this host gives and name the knob that changes it");
  verb->callback([&action] { action = [] { return doctor(); }; });
}

}  // namespace bulkhead::cli
