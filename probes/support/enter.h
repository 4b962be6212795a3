// The three ways into an x86-64 kernel, with all six arguments.
#pragma once

#include "probes/support/sweep.h"

namespace bulkhead::probes {

/// Makes the call and returns what the kernel left in the result register:
/// minus the errno in [-4095, -1]. A fork's child never comes back: it ends
/// at once, with nothing but registers touched, so that vfork is harmless too.
[[nodiscard]] long enter(Entry entry, long number,
                         const CallArguments& arguments, bool forks);

}  // namespace bulkhead::probes
