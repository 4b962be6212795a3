// The device program of a v2 cgroup.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/base/result.h"

namespace bulkhead {

/// Loads `program` (BPF_PROG_TYPE_CGROUP_DEVICE), attaches it to the cgroup
/// `directory`, which has none, and asks the kernel whether it did
/// (Linux 4.15). It goes with the cgroup.
[[nodiscard]] Status attach_device_program(
    const std::string& directory, const std::vector<std::uint64_t>& program);

}  // namespace bulkhead
