#include "verify/container.h"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "probes/support/given_stdin.h"
#include "verify/outside_halves.h"
#include "verify/site.h"
#include "verify/words.h"

namespace bulkhead::verify {
namespace {

using probes::Probe;

// What brings a kernel of its own starts in five seconds where the machine is
// emulated, and in ten times that where others use its CPUs.
constexpr int kStartMs = 60'000;
constexpr int kErrandMs = 60'000;

Command command_for(Invocation& invocation, const ProbeList& probes) {
  Command command{.argv = std::move(invocation.argv)};
  for (const Fd& fd : invocation.inherited) {
    command.inherited.push_back(fd.get());
  }
  int slowest = 0;
  int total = 0;
  for (const Probe* probe : probes) {
    // Each half may take its whole time, and two more seconds to be reaped.
    const int halves = 2 * (static_cast<int>(probe->seconds) + 2) * 1000;
    slowest = std::max(slowest, halves);
    total += halves;
  }
  command.idle_ms = kStartMs + slowest;
  command.total_ms = kStartMs + total;
  return command;
}

void add_words(Start& start, const probes::Facts& facts,
               const ProbeList& probes) {
  std::vector<std::string>& argv = start.spec.process.argv;
  argv.insert(argv.end(), {"run", "--nonce", facts.at("nonce")});
  for (const auto& [name, value] : facts) {
    if (name == "nonce") continue;
    argv.insert(argv.end(), {"--set", name + "=" + value});
  }
  for (const Probe* probe : probes) {
    argv.insert(argv.end(), {"--probe", probe->id});
  }
}

/// Executes the start; false, with the reason in `run`, if it cannot be.
bool execute(const Ground& ground, const Subject& subject, const Start& start,
             const ProbeList& probes, ContainerRun& run,
             const std::string& stdin_path, const std::string& nonce,
             std::function<bool(std::string_view)> release = {}) {
  auto invocation = subject.prepare(start);
  if (!invocation) {
    run.trouble.push_back(invocation.error().message());
    return false;
  }
  run.not_offered = std::move(invocation->not_offered);
  Command command = command_for(*invocation, probes);
  command.stdin_path = stdin_path;
  if (release) {
    command.idle_ms = command.total_ms = kErrandMs;
    command.release = std::move(release);
  }
  auto ended =
      ground.runner ? ground.runner(command, nonce) : run_command(command);
  if (!ended) {
    run.trouble.push_back(ended.error().message());
    return false;
  }
  run.ended = std::move(*ended);
  run.started = true;
  return true;
}

/// A workload that never ran (it says so before all else), because the subject
/// ended by itself.
bool refused_to_start(const ContainerRun& run, const Ground& ground) {
  std::size_t forged = 0;
  return run.started && run.ended.signal == 0 && run.ended.code != 0 &&
         !run.ended.timed_out && !run.ended.cut &&
         authentic_frames(run.ended.out, ground.key, forged).empty() &&
         forged == 0;
}

/// To refuse a spoilt rootfs is containment, but only from a subject that
/// starts otherwise: one that never does contains nothing.
void count_refusal(const Ground& ground, const Subject& subject,
                   const Sabotage& sabotage, const Probe& probe,
                   ContainerRun& run) {
  if (!probe.may_refuse_start || !refused_to_start(run, ground)) return;
  const std::string said = last_words(run.ended.err);
  Halves& halves = run.transcript.halves[probe.id];
  halves.attempt = probes::refused(0, "it does not start: " + said);
  halves.witness = starts(ground, subject, sabotage)
                       ? probes::works("it starts from a sound rootfs")
                       : probes::broken("it starts from no rootfs");
  run.transcript.whole = true;
  run.trouble.clear();
}

}  // namespace

ContainerRun run_container(const Ground& ground, const Subject& subject,
                           const Sabotage& sabotage, const ProbeList& probes) {
  ContainerRun run;
  Site site(ground);
  if (const auto built =
          site.build(subject, !sabotage.without.contains(Boundary::kUserns));
      !built) {
    run.trouble.push_back(built.error().message());
    return run;
  }
  std::string root;
  Start start = site.start(subject, sabotage, root, probes);
  probes::Facts facts = site.facts(start.spec, root);
  facts["nonce"] = site.nonce();

  OutsideHalves outside(site, facts);
  ProbeList ready;
  std::vector<std::string> asked;
  for (const Probe* probe : probes) {
    if (outside.plant(*probe)) {
      ready.push_back(probe);
      asked.push_back(probe->id);
    } else {
      run.outside[probe->id] = probes::broken("could not be planted");
    }
  }
  if (ready.empty()) return run;
  add_words(start, facts, ready);
  const std::string stdin_path =
      ready.size() == 1 ? probes::given_stdin(facts, ready.front()->id) : "";
  if (execute(ground, subject, start, ready, run, stdin_path, site.nonce())) {
    run.transcript =
        read_transcript(run.ended.out, ground.key, site.nonce(), asked);
    for (const std::string& complaint : run.transcript.complaints) {
      run.trouble.push_back(complaint);
    }
    if (!run.transcript.whole) {
      run.trouble.push_back("it " + run.ended.how());
      const std::string said = last_words(run.ended.err);
      if (!said.empty()) run.trouble.push_back("it said: " + said);
    }
  }
  for (const Probe* probe : ready) {
    if (probe->inspect != nullptr) {
      run.outside[probe->id] = outside.inspect(*probe);
    }
  }
  if (ready.size() == 1) {
    count_refusal(ground, subject, sabotage, *ready.front(), run);
  }
  return run;
}

std::vector<ProbeList> containers_for(const ProbeList& probes) {
  std::vector<ProbeList> lists;
  ProbeList shared;
  for (const Probe* probe : probes) {
    if (probe->placement == probes::Placement::kShared) {
      shared.push_back(probe);
    } else {
      lists.push_back({probe});
    }
  }
  if (!shared.empty()) lists.insert(lists.begin(), shared);
  return lists;
}

BoundarySet watched_by(const Probe& probe) {
  BoundarySet watched;
  for (const std::string& name : probe.watches) {
    // An unknown word would make a control that is no control.
    if (const auto boundary = boundary_named(name)) watched.insert(*boundary);
  }
  return watched;
}

std::map<BoundarySet, ProbeList> by_watched(const ProbeList& probes) {
  std::map<BoundarySet, ProbeList> groups;
  for (const Probe* probe : probes) {
    groups[watched_by(*probe)].push_back(probe);
  }
  return groups;
}

ContainerRun run_errand(const Ground& ground, const Subject& subject,
                        const Sabotage& sabotage, const Errand& errand) {
  ContainerRun run;
  Site site(ground);
  if (const auto built =
          site.build(subject, !sabotage.without.contains(Boundary::kUserns));
      !built) {
    run.trouble.push_back(built.error().message());
    return run;
  }
  std::string root;
  Start start = site.start(subject, sabotage, root, {});
  std::vector<std::string>& argv = start.spec.process.argv;
  std::ranges::move(errand.words(site.nonce()), std::back_inserter(argv));
  std::function<bool(std::string_view)> release;
  if (errand.release) {
    release = [&](std::string_view out) { return errand.release(out, argv); };
  }
  execute(ground, subject, start, {}, run, {}, site.nonce(),
          std::move(release));
  return run;
}

bool starts(const Ground& ground, const Subject& subject,
            const Sabotage& sabotage, Ended* ended) {
  const Errand errand{.words = [](const std::string&) {
    return std::vector<std::string>{"ids"};
  }};
  const ContainerRun run = run_errand(ground, subject, sabotage, errand);
  if (ended != nullptr) *ended = run.ended;
  return run.started && run.ended.code == 0 && run.ended.signal == 0 &&
         !run.ended.out.empty();
}

}  // namespace bulkhead::verify
