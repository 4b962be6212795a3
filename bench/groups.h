// The groups of benchmarks. Each function measures one in the crash box.
#pragma once

#include <string>
#include <vector>

#include "bench/ground.h"
#include "bench/sampler.h"

namespace bulkhead::bench {

[[nodiscard]] std::vector<Variant> floor_variants(const Ground& ground);
/// Compiles its plans; what cannot be compiled here is a variant that says so.
[[nodiscard]] std::vector<Variant> start_variants(Ground& ground);

[[nodiscard]] std::vector<Group> measure_floor(Ground& ground);
[[nodiscard]] std::vector<Group> measure_steps(Ground& ground);
[[nodiscard]] std::vector<Group> measure_start(Ground& ground);
[[nodiscard]] std::vector<Group> measure_rcu(Ground& ground);
[[nodiscard]] std::vector<Group> measure_scale(Ground& ground);
[[nodiscard]] std::vector<Group> measure_peers(Ground& ground);

/// A word of `bulkhead bench` and what it measures.
struct GroupEntry {
  const char* name;
  const char* about;
  std::vector<Group> (*measure)(Ground& ground);
};
[[nodiscard]] const std::vector<GroupEntry>& group_entries();

}  // namespace bulkhead::bench
