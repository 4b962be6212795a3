// `bulkhead verify --syscalls`: the system-call surface of each subject's
// container, by two oracles that must agree: its filters, read by a tracer and
// evaluated here, and every number tried from inside.
#pragma once

#include "verify/verify.h"

namespace bulkhead::verify {

/// Of `options`: subjects, format, color, progress, self_exe, probe_binary and
/// extra_without. Returns 0 nothing found, 1 a finding, 2 interrupted, 3 one
/// half missing or infrastructure, 4 usage; several subjects: the worst, in
/// the order 2, 3, 1, 0. The caller must be single-threaded.
[[nodiscard]] int syscalls_main(const VerifyOptions& options);

}  // namespace bulkhead::verify
