// Runs the halves of probes, each in a process of its own.
#pragma once

#include "probes/probe.h"

namespace bulkhead::probes {

enum class Half { kWitness, kAttempt };

/// What a half saw. A half that dies of SIGSYS was refused by a filter; any
/// other death, silence and a passed deadline are broken.
[[nodiscard]] Observation run_half(const Probe& probe, Half half,
                                   const Facts& facts);

/// To be called first of all: takes the subreaper's duty.
void start_runner();

/// The open descriptors above 2, with commas between, or "none" (the fact
/// "fds.inherited"). To be called before anything opens one. Asks for each of
/// 65,536, since no /proc is needed for that, so it costs milliseconds.
[[nodiscard]] std::string open_descriptors();

}  // namespace bulkhead::probes
