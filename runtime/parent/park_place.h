// Where a child may wait until it is needed.
#pragma once

#include <cstdint>
#include <optional>

#include "runtime/plan/plan.h"

namespace bulkhead {

/// Where a parked child stops.
enum class ParkAt : std::uint8_t {
  kNowhere,
  /// Behind the namespaces, the cgroup, the network, the mounts, the session
  /// and the limits; Landlock, the read-back of mounts and descriptors, the
  /// ids, the capabilities and the filter still follow.
  kTree,
  /// Before the filter is loaded: one that would not let it wait.
  kFilter,
  /// One step before exec.
  kExec,
};

/// The call before which a child parks; nothing where the plan has no such
/// place, or parking there is unsafe for the caller.
[[nodiscard]] std::optional<std::size_t> park_index(const Plan& plan,
                                                    ParkAt where);

}  // namespace bulkhead
