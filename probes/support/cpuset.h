// Sets of CPUs and of memory nodes, and what this machine has of them.
#pragma once

#include <set>
#include <string>

#include "probes/probe.h"

namespace bulkhead::probes {

/// "0-3,5" as numbers; empty if `text` is no such list (cpuset(7)).
[[nodiscard]] std::set<unsigned> listed(const std::string& text);

/// For `plant`: where the spec does not set the fact `file` ("cpuset.cpus"),
/// tells whether the box has less than two, or no such controller.
[[nodiscard]] bool plant_set(Outside& outside, const std::string& file);

/// The fact `file`; empty, with the reason in `why`, where there is none to
/// keep within.
[[nodiscard]] std::set<unsigned> declared_set(const Inside& inside,
                                              const std::string& file,
                                              Observation& why);

}  // namespace bulkhead::probes
