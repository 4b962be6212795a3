// Writing where it must not be possible.
#pragma once

#include <string>

#include "probes/probe.h"

namespace bulkhead::probes {

/// Creates a file in `directory` (removed at once) and opens its file "plain"
/// for writing, without writing. A directory that is not there is refused.
/// The kernel asks the mount before the permission bits: EACCES is reach.
[[nodiscard]] Observation write_below(const Inside& inside,
                                      const std::string& directory);

}  // namespace bulkhead::probes
