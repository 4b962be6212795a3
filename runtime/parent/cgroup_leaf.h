// What v2 asks of a cgroup whose children are limited: controllers handed down,
// and no process of its own.
#pragma once

#include <string>
#include <vector>

#include "runtime/base/result.h"

namespace bulkhead {

/// A controller is there for children once the parent hands it down.
[[nodiscard]] Status enable_controllers(
    const std::string& directory, const std::vector<std::string>& controllers);

/// Where this process waits while `delegated`, its own, has limited children.
[[nodiscard]] std::string caller_leaf(const std::string& delegated);

}  // namespace bulkhead
