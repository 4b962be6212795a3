// Which layer refused: every layer answers with errnos of its own.
#pragma once

#include <string>

#include "probes/probe.h"

namespace bulkhead::verify {

/// ENOANO: no probe meets it otherwise, so under the spec of a verify run it
/// can only come from the seccomp filter.
inline constexpr int kSentinelErrno = 55;

/// The layer that gave `attempt` its errno or signal, or `boundary`, the
/// probe's own, where the answer does not say.
[[nodiscard]] std::string refused_by(const probes::Observation& attempt,
                                     const std::string& boundary);

}  // namespace bulkhead::verify
