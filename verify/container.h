// One run of one subject with some probes: plant, start, inspect, clean.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "probes/frame.h"
#include "probes/probe.h"
#include "verify/asked.h"
#include "verify/box.h"
#include "verify/process.h"
#include "verify/records.h"
#include "verify/subject.h"

namespace bulkhead::verify {

using ProbeList = std::vector<const probes::Probe*>;

/// Executes one start, in place of run_command(); `nonce` is the run's.
using Runner =
    std::function<Result<Ended>(Command& command, const std::string& nonce)>;

/// What all containers of a verify run have in common.
struct Ground {
  const BoxFacts& box;
  std::span<const std::byte> keyed_binary;
  const probes::FrameKey& key;
  /// What is asked for in place of tested_spec(); null: that.
  const Asked* asked = nullptr;
  /// Of `asked`, only what is implemented here: for the reference.
  bool reduced = false;
  /// Nothing of the spec under test may be missing: what a kernel lacks refuses
  /// the start.
  bool strict = false;
  Runner runner = nullptr;  ///< Empty: run_command().
};

struct ContainerRun {
  Transcript transcript;
  /// Answers of the outside halves, by probe id; kBroken where `plant` could
  /// not do its part.
  std::map<std::string, probes::Observation> outside;
  std::vector<NotOffered> not_offered;
  /// Why there is no whole transcript, and what the subject said last.
  std::vector<std::string> trouble;
  Ended ended;
  bool started = false;
};

/// Probes that may share a container with each other, then one list for each
/// that may not.
[[nodiscard]] std::vector<ProbeList> containers_for(const ProbeList& probes);

/// The boundaries that `probe` watches.
[[nodiscard]] BoundarySet watched_by(const probes::Probe& probe);

/// `probes` by the boundaries that they watch.
[[nodiscard]] std::map<BoundarySet, ProbeList> by_watched(
    const ProbeList& probes);

/// What is taken out of a container on purpose.
struct Sabotage {
  BoundarySet without;
  std::vector<std::string> skip;  ///< Steps of the plan: bulkhead only.
};

/// Runs `probes` in one container of `subject` with `sabotage` done to it.
/// Whatever happens, everything it planted and left behind in the crash box is
/// gone afterwards.
[[nodiscard]] ContainerRun run_container(const Ground& ground,
                                         const Subject& subject,
                                         const Sabotage& sabotage,
                                         const ProbeList& probes);

/// A program of its own in one container, the probe binary with other words.
struct Errand {
  /// Its words, given the run's nonce.
  std::function<std::vector<std::string>(const std::string& nonce)> words;
  /// See Command::release; `argv` is what the container was asked to run.
  std::function<bool(std::string_view out,
                     const std::vector<std::string>& argv)>
      release;
};

/// Runs `errand` in a container of `subject` with `sabotage` done to it; what
/// it said is in `ended`, no transcript is read.
[[nodiscard]] ContainerRun run_errand(const Ground& ground,
                                      const Subject& subject,
                                      const Sabotage& sabotage,
                                      const Errand& errand);

/// Whether `subject` starts at all with its present omissions: runs the probe
/// binary's `ids` and wants its exit status 0 and its words. `ended`, if
/// given, gets what was said.
[[nodiscard]] bool starts(const Ground& ground, const Subject& subject,
                          const Sabotage& sabotage, Ended* ended = nullptr);

}  // namespace bulkhead::verify
