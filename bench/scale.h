// What grows with its surroundings: levels of something, and the same variants
// at each. Levels come in random order, several times over.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bench/ground.h"
#include "bench/sampler.h"

namespace bulkhead::bench {

/// One dimension. `enter` brings the surroundings to a level; `leave` takes
/// everything away again, also after an error.
struct Dimension {
  std::string name;  ///< "rss"
  std::string title;
  std::string unit;  ///< Of the level: "MB"; may be empty.
  std::vector<int> levels;
  std::function<Status(int level)> enter;
  std::function<void()> leave;
};

/// `variants` at each level; a row is called "NAME at LEVEL UNIT".
[[nodiscard]] Group measure_levels(Ground& ground, const Dimension& dimension,
                                   const std::vector<Variant>& variants);

/// The variants of most dimensions: the floor, and a cold start whose cgroup
/// is called `name`.
[[nodiscard]] std::vector<Variant> floor_and_cold(Ground& ground,
                                                  const std::string& name);

/// Asks the box for more than it was given, for a dimension that needs it.
void raise_box_limits(const Ground& ground);

[[nodiscard]] Group measure_rss(Ground& ground);
[[nodiscard]] Group measure_mounts(Ground& ground);
[[nodiscard]] Group measure_processes(Ground& ground);
[[nodiscard]] Group measure_starters(Ground& ground);
/// Three groups of the same containers: starts beside them, the memory of
/// each, and how long they take to be gone.
[[nodiscard]] std::vector<Group> measure_live(Ground& ground);

}  // namespace bulkhead::bench
