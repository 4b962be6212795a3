// What is left out together with a step, and in which containers nothing else
// covers for it.
#pragma once

#include <string>
#include <vector>

#include "verify/lab.h"

namespace bulkhead::verify {

/// The step without which there is no root of the container's own.
inline constexpr const char* kEntersRoot = "rootfs.pivot";

/// Adds to `skip` what is mounted into the container's own root: without one
/// it would cover the host's, where the probes are then.
void leave_root_alone(const std::vector<StepName>& steps,
                      std::vector<std::string>& skip);

/// The step that does the same thing a second time, so that either covers for
/// the other; empty: none does.
[[nodiscard]] std::string twin_of(const std::string& step);

/// Sets of boundaries to be left on, from the barest: the first in which a step
/// of `boundary` is noticed is the one where nothing covers for it.
[[nodiscard]] std::vector<BoundarySet> sets_around(Boundary boundary);

[[nodiscard]] bool has_step(const std::vector<StepName>& steps,
                            const std::string& name);

/// Why leaving `step` out changes nothing on this kernel; empty: it does.
[[nodiscard]] std::string no_effect(const StepName& step);

}  // namespace bulkhead::verify
