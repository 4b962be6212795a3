// The second opinion on what a config asks for: read from its words alone,
// without running anything.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "probes/probe.h"
#include "runtime/base/boundary.h"
#include "runtime/spec/spec.h"

namespace bulkhead::verify {

/// Where `spec` asks for less than the hardened preset, in words; a boundary
/// that is not in it is asked for in full. Descriptors and the session always
/// are: no config can ask to be given the caller's.
using NotAsked = std::map<Boundary, std::string>;
[[nodiscard]] NotAsked not_asked(const Spec& spec);

/// Of these, what `probe` watches: "seccomp (no filter), capabilities (keeps
/// CAP_KILL)"; empty: all that contains it is asked for.
[[nodiscard]] std::string not_asked_of(const NotAsked& lacks,
                                       const probes::Probe& probe);

/// The fact whose want kept `probe` from being tried (missing_fact), if the
/// config sets none of it, in the same words; empty: it does, or none was
/// wanted. `facts` are those of the config.
[[nodiscard]] std::string fact_not_asked(
    const std::optional<probes::Observation>& attempt,
    const probes::Facts& facts, const probes::Probe& probe);

/// Whether bulkhead refuses what `probe` tries under every config, because it
/// does more than OCI has words for.
[[nodiscard]] bool reference_adds(const probes::Probe& probe);

}  // namespace bulkhead::verify
