// The rows of `peers` that are bulkhead's own, and what all are compared with.
#pragma once

#include <vector>

#include "bench/ground.h"
#include "bench/sampler.h"

namespace bulkhead::bench {

inline constexpr const char* kSpawn = "spawn";
inline constexpr const char* kRunByFlags = "bulkhead run";
inline constexpr const char* kRunByPool = "bulkhead run, pool";

/// The workload alone, `bulkhead run`, and the same through a pool that serves
/// as long as its variant lives.
[[nodiscard]] std::vector<Variant> own_peers(Ground& ground);

}  // namespace bulkhead::bench
