// What every program may expect: permitted twins for probes of filters and
// capabilities. A container in which these fail is over-blocked.
#pragma once

#include "probes/probe.h"

namespace bulkhead::probes {

/// /dev/null is there, FIONREAD counts a pipe's bytes, TIOCGWINSZ is answered,
/// statx, faccessat and getrandom work.
[[nodiscard]] Observation files_work();

/// What a resolver does: an unconnected and a connected UDP socket, its options
/// and poll.
[[nodiscard]] Observation resolver_works();

/// Two threads wake each other, private and process-shared.
[[nodiscard]] Observation futexes_work();

/// posix_spawn runs this program, whatever calls libc has to fall back to.
[[nodiscard]] Observation spawning_works();

/// Clocks and timers can be read, set for oneself and waited for.
[[nodiscard]] Observation timers_work();

/// Memory can be mapped, protected, advised and shared by descriptor.
[[nodiscard]] Observation memory_works();

}  // namespace bulkhead::probes
