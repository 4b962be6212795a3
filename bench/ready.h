// Starts from what a Launcher keeps ready.
#pragma once

#include <string>

#include "bench/ground.h"
#include "bench/sampler.h"
#include "runtime/launcher/launcher.h"

namespace bulkhead::bench {

/// Starts of `spec` from a child that waits at `depth`; each sample waits first
/// until there is one. An error where none can be had.
[[nodiscard]] Result<Variant> ready_variant(Ground& ground,
                                            const std::string& name,
                                            const std::string& about, Spec spec,
                                            ParkAt depth);

}  // namespace bulkhead::bench
