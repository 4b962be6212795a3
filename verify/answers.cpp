#include "verify/answers.h"

#include <algorithm>

namespace bulkhead::verify {

using probes::Outcome;
using probes::Probe;

void collect(const ContainerRun& run, const ProbeList& probes,
             Answers& answers) {
  for (const Probe* probe : probes) {
    Answer& answer = answers[probe->id] = {};
    if (const auto at = run.transcript.halves.find(probe->id);
        at != run.transcript.halves.end()) {
      answer.attempt = at->second.attempt;
      answer.witness = at->second.witness;
    }
    if (const auto at = run.outside.find(probe->id); at != run.outside.end()) {
      answer.outside = at->second;
    }
    if (!run.transcript.whole) answer.trouble = run.trouble;
    answer.not_offered = run.not_offered;
  }
}

bool starved_control(const ProbeList& probes, const Answers& answers) {
  return std::ranges::any_of(probes, [&](const Probe* probe) {
    const auto& attempt = answers.at(probe->id).attempt;
    return probe->measures_cpu && attempt &&
           attempt->outcome == Outcome::kRefused;
  });
}

bool starved_canary(const ProbeList& probes, const Answers& answers) {
  return std::ranges::any_of(probes, [&](const Probe* probe) {
    const auto& outside = answers.at(probe->id).outside;
    return probe->measures_cpu && outside &&
           outside->outcome == Outcome::kBroken;
  });
}

}  // namespace bulkhead::verify
