// Symbolic links that a hostile image has where the spec wants a mount. They
// lead to a directory of the harness's, outside the container: whoever follows
// them by path changes it, or mounts there and leaves the container without.
#pragma once

#include <span>
#include <string_view>

#include "probes/probe.h"

namespace bulkhead::probes {

struct Trap {
  std::string_view path;    ///< Below the root, in place of what is there.
  std::string_view target;  ///< Below Outside::directory()/tree.
  bool relative = false;    ///< By "..", as far up as any path goes.
};

/// Makes the tree and the links.
[[nodiscard]] bool plant_traps(Outside& outside, std::span<const Trap> traps);

/// Whether the tree is as it was planted.
[[nodiscard]] Observation inspect_traps(Outside& outside);

void remove_traps(Outside& outside);

/// Whether a trap leads out, or something that was asked for is missing where
/// the traps are: a mount, or a cover of something below.
[[nodiscard]] Observation led_astray(Inside& inside,
                                     std::span<const Trap> traps);

/// The permitted twin: the image's own file can be read.
[[nodiscard]] Observation read_own_image(Inside& inside);

}  // namespace bulkhead::probes
