// Mounts that must not be touched.
#pragma once

#include <string>
#include <vector>

#include "probes/probe.h"

namespace bulkhead::probes {

/// The facts masked and readonly as far as they are mount points here, if the
/// root is the container's own; nothing on the host's root.
[[nodiscard]] std::vector<std::string> own_covers(const Inside& inside);

/// own_covers(), or, where there are none, a few mount points that are here.
[[nodiscard]] std::vector<std::string> covers_or_mounts(const Inside& inside);

}  // namespace bulkhead::probes
