// Runs the halves of probes, each in a process of its own.
#pragma once

#include "probes/probe.h"

namespace bulkhead::probes {

enum class Half { kWitness, kAttempt };

/// What a half saw. A half that dies of SIGSYS was refused by a filter; any
/// other death, silence and a passed deadline are broken.
[[nodiscard]] Observation run_half(const Probe& probe, Half half,
                                   const Facts& facts);

/// To be called first of all, before anything opens a descriptor: takes the
/// subreaper's duty and returns the open descriptors above 2, with commas
/// between (the fact "fds.inherited").
[[nodiscard]] std::string start_runner();

}  // namespace bulkhead::probes
