// Limits that can be asked for and seen only where the machine has what they
// are about: more than one CPU or memory node, a disk, free huge pages.
#pragma once

#include "runtime/spec/resources.h"
#include "verify/box.h"

namespace bulkhead::verify {

/// Of a disk, a second; any has more.
inline constexpr std::uint64_t kReadBytesPerSecond = 1 << 20;

/// Adds those that the cgroups of `box` have files for.
void ask_what_the_machine_has(Resources& limits, const BoxFacts& box);

}  // namespace bulkhead::verify
