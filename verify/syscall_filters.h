// The oracle outside: the filters that the kernel holds for a process, read by
// a tracer.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "verify/bpf_filter.h"

namespace bulkhead::verify {

/// The one process visible here that runs `argv` and calls itself `inner_pid`
/// in its innermost pid namespace.
[[nodiscard]] Result<pid_t> find_process(const std::vector<std::string>& argv,
                                         int inner_pid);

/// Every filter of `pid`, oldest first; none if it has none. Stops it for the
/// time and lets it go as it was. Takes CAP_SYS_ADMIN in the first user
/// namespace, a caller without a filter of its own, and
/// CONFIG_CHECKPOINT_RESTORE.
[[nodiscard]] Result<BpfFilters> read_filters(pid_t pid);

}  // namespace bulkhead::verify
