// Descriptors that came with the start of the container's first process.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "probes/probe.h"

namespace bulkhead::probes {

/// The fact "fds.inherited", which the runner itself adds where a probe watches
/// "fds": above 2, in order. Without the fact it ends the half, broken.
[[nodiscard]] std::vector<int> inherited(const Inside& inside);

/// "5 (/some/path)" as far as /proc says.
[[nodiscard]] std::string describe(int fd);

/// A careless caller: opens `path` with `flags`, not close-on-exec; tells "fd".
[[nodiscard]] bool plant_descriptor(Outside& outside, const std::string& path,
                                    int flags);
/// The same for a descriptor that is open already: keeps a copy of `fd`.
[[nodiscard]] bool keep_open(Outside& outside, int fd);
void close_planted(Outside& outside);

/// The permitted twin: standard output is open.
[[nodiscard]] Observation standard_output_open();

}  // namespace bulkhead::probes
