// Memory beyond the limit, in a child that may die of it.
#pragma once

#include "probes/probe.h"

namespace bulkhead::probes {

/// Uses `bytes` more memory; the errno that stopped it, or 0.
using UseMemory = int (*)(unsigned long long bytes);

/// Writes `bytes` zeros to `fd`, as whole blocks; the errno that stopped it, or
/// 0.
[[nodiscard]] int write_zeros(int fd, unsigned long long bytes);

/// Runs `use` for the fact memory.max and 32 MiB more, in a child made the
/// first choice of the OOM killer. SIGKILL or an errno is a refusal.
[[nodiscard]] Observation exceed_memory(Inside& inside, UseMemory use);

/// The permitted twin: `use` for 1 MiB.
[[nodiscard]] Observation use_some_memory(UseMemory use);

}  // namespace bulkhead::probes
