// Capability sets, raw.
#pragma once

#include <cstdint>
#include <optional>

#include "probes/probe.h"

namespace bulkhead::probes {

struct CapabilitySets {
  std::uint64_t effective = 0, permitted = 0, inheritable = 0;
};

/// capget(2) of this process; nothing if refused (errno set).
[[nodiscard]] std::optional<CapabilitySets> capability_sets();

/// capset(2) of this process; 0 or an errno.
[[nodiscard]] int set_capabilities(const CapabilitySets& sets);

/// The highest capability this kernel knows, by asking it.
[[nodiscard]] int last_capability();

/// The bounding and the ambient set, by asking for every capability.
[[nodiscard]] std::uint64_t bounding_set();
[[nodiscard]] std::uint64_t ambient_set();

/// "0x3fb".
[[nodiscard]] std::string hex(std::uint64_t mask);

/// Tells "held": whether the harness itself has `capability`. What it lacks no
/// control can have.
[[nodiscard]] bool plant_held(Outside& outside, int capability);

/// `seen`, or absent where it was refused and the harness lacks the capability.
[[nodiscard]] Observation unless_lacking(const Inside& inside,
                                         Observation seen);

/// A witness for probes of capabilities: capget(2) answers.
[[nodiscard]] Observation read_capabilities();

}  // namespace bulkhead::probes
