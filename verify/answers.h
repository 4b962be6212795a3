// What the containers of a campaign said, by probe, and whether a busy machine
// kept them from saying it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "verify/container.h"
#include "verify/subject.h"

namespace bulkhead::verify {

/// What one container said about one probe.
struct Answer {
  std::optional<probes::Observation> attempt;
  std::optional<probes::Observation> witness;
  std::optional<probes::Observation> outside;
  std::vector<std::string> trouble;
  std::vector<NotOffered> not_offered;
};
using Answers = std::map<std::string, Answer>;

/// Takes what `run` said about `probes`. What an earlier run said of them goes:
/// halves of two runs would make a whole that nobody saw.
void collect(const ContainerRun& run, const ProbeList& probes,
             Answers& answers);

/// Whether a control was kept from the CPUs by something other than a quota:
/// it has none.
[[nodiscard]] bool starved_control(const ProbeList& probes,
                                   const Answers& answers);

/// Whether the harness's own canary did not get enough of the CPUs to tell.
[[nodiscard]] bool starved_canary(const ProbeList& probes,
                                  const Answers& answers);

}  // namespace bulkhead::verify
