#include "bench/bench.h"

#include <fmt/chrono.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <ctime>

#include "bench/compare.h"
#include "bench/document.h"
#include "bench/groups.h"
#include "bench/noise.h"
#include "bench/report_html.h"
#include "bench/report_tty.h"
#include "bench/schema.h"
#include "bench/side_by_side.h"
#include "runtime/base/file.h"
#include "verify/boxed.h"

namespace bulkhead::bench {
namespace {

using nlohmann::json;

constexpr double kPercent = 100;
constexpr int kQuickRounds = 2;

bool wanted(const BenchOptions& options, const std::string& name) {
  return options.groups.empty() ||
         std::ranges::find(options.groups, name) != options.groups.end();
}

/// In the box.
Result<json> measure_all(const BenchOptions& options,
                         const verify::BoxFacts& box,
                         const verify::Progress& progress) {
  Effort effort = options.effort;
  if (effort.quick) effort.rounds = kQuickRounds;
  auto ground = Ground::make(box, effort, options.self_exe);
  if (!ground) return tl::unexpected(ground.error());
  for (const std::string& text : options.peers) {
    auto peer = other_peer(text);
    if (!peer) return tl::unexpected(peer.error());
    ground->other_peers.push_back(std::move(*peer));
  }
  Figures run{.version = BULKHEAD_VERSION,
              .when = fmt::format("{:%FT%TZ}", fmt::gmtime(std::time(nullptr))),
              .machine = describe_machine(box.cgroups, ground->counts_per_us),
              .rounds = effort.rounds,
              .gap_us = effort.gap_us,
              .seed = effort.seed,
              .quick = effort.quick};
  NoiseWatch noise(ground->counts_per_us);
  for (const GroupEntry& entry : group_entries()) {
    if (!wanted(options, entry.name)) continue;
    ground->progress = [&](const std::string& what) {
      progress(std::string(entry.name) + ": " + what);
    };
    noise.calibrate();
    for (Group& group : entry.measure(*ground)) {
      run.groups.push_back(std::move(group));
    }
  }
  run.noise = noise.finish();
  run.absent = std::move(ground->absent);
  return to_json(run);
}

Status print(const BenchOptions& options, const std::string& text) {
  if (!options.output_file.empty()) {
    return replace_file(options.output_file, text);
  }
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() &&
      std::fflush(stdout) == 0) {
    return {};
  }
  return fail("write to stdout", errno);
}

std::string text_of(const Figures& run, const std::string& format) {
  if (format == "json") return to_json(run).dump() + "\n";
  if (format == "html") return to_html(run);
  return to_tty(run);
}

int complain(const Error& error) {
  std::fprintf(stderr, "bulkhead bench: %s\n", error.message().c_str());
  return error.kind == ErrorKind::kUsage ? kExitUsage : kExitBroken;
}

bool all_measured(const Figures& run) {
  return std::ranges::all_of(run.groups, [](const Group& group) {
    return std::ranges::all_of(
        group.rows, [](const Row& row) { return row.error.empty(); });
  });
}

Result<Figures> measured(const BenchOptions& options, bool& interrupted) {
  const auto work = [&](const verify::BoxFacts& box,
                        const verify::Progress& progress) {
    return measure_all(options, box, progress);
  };
  std::vector<std::string> keep = {options.self_exe};
  for (const std::string& text : options.peers) {
    if (auto peer = other_peer(text)) keep.push_back(peer->userland + "/usr");
  }
  auto answer = verify::run_boxed(work, {.keep = keep, .live = options.live},
                                  interrupted);
  if (!answer) return tl::unexpected(answer.error());
  return from_json(*answer);
}

int compare_runs(const BenchOptions& options) {
  const Result<Figures> before = read_run(options.compare[0]);
  if (!before) return complain(before.error());
  const Result<Figures> after = read_run(options.compare[1]);
  if (!after) return complain(after.error());
  const Comparison comparison =
      compare(*before, *after,
              {.alpha = options.alpha,
               .least_change = options.least_change_percent / kPercent});
  if (comparison.rows.empty()) {
    return complain({.what = "--compare: the two runs have no row in common "
                             "that both measured",
                     .remedy = "measure the same groups in both",
                     .kind = ErrorKind::kUsage});
  }
  const Status done =
      print(options, options.format == "json" ? to_json_text(comparison)
                                              : to_tty(comparison));
  if (!done) return complain(done.error());
  return comparison.any(Change::kSlower) ? kExitSlower : kExitMeasured;
}

/// What makes no sense together.
Status check(const BenchOptions& options) {
  const auto usage = [](const std::string& what, const std::string& remedy) {
    return fail(what, 0, remedy, ErrorKind::kUsage);
  };
  const bool compares = !options.compare.empty();
  if (compares && options.format == "html") {
    return usage("--compare has no form of HTML", "tty or json");
  }
  const bool prints = !options.from_files.empty();
  if (compares && prints) {
    return usage("--compare and --from exclude each other", "give one");
  }
  if (options.from_files.size() > 1 && options.format != "tty") {
    return usage("--from: several runs have no form of " + options.format,
                 "tty, or one run");
  }
  if ((compares || prints) && !options.groups.empty()) {
    return usage(options.groups.front() +
                     ": groups are measured, and nothing is with --compare or "
                     "--from",
                 "leave it out");
  }
  for (const std::string& text : options.peers) {
    if (auto peer = other_peer(text); !peer) {
      return tl::unexpected(peer.error());
    }
  }
  return {};
}

int print_side_by_side(const BenchOptions& options) {
  std::vector<Figures> runs;
  for (const std::string& file : options.from_files) {
    Result<Figures> run = read_run(file);
    if (!run) return complain(run.error());
    runs.push_back(std::move(*run));
  }
  if (const Status done = print(options, goals_side_by_side(runs)); !done) {
    return complain(done.error());
  }
  return std::ranges::all_of(runs, all_measured) ? kExitMeasured : kExitBroken;
}

int measure_and_print(const BenchOptions& options) {
  bool interrupted = false;
  const Result<Figures> run = options.from_files.empty()
                                  ? measured(options, interrupted)
                                  : read_run(options.from_files.front());
  if (interrupted) return kExitInterrupted;
  if (!run) return complain(run.error());
  if (const Status done = print(options, text_of(*run, options.format));
      !done) {
    return complain(done.error());
  }
  return all_measured(*run) ? kExitMeasured : kExitBroken;
}

}  // namespace

std::vector<std::string> group_names() {
  std::vector<std::string> names;
  for (const GroupEntry& entry : group_entries())
    names.emplace_back(entry.name);
  return names;
}

int bench_main(const BenchOptions& options) {
  if (const Status sound = check(options); !sound) {
    return complain(sound.error());
  }
  if (options.schema) {
    const Status done = print(options, std::string(bench_schema()));
    return done ? kExitMeasured : complain(done.error());
  }
  if (!options.compare.empty()) return compare_runs(options);
  return options.from_files.size() > 1 ? print_side_by_side(options)
                                       : measure_and_print(options);
}

}  // namespace bulkhead::bench
