// Small files that people write.
#pragma once

#include <string>

#include "runtime/base/result.h"

namespace bulkhead {

/// The whole of a regular file of at most kMaxConfigBytes.
[[nodiscard]] Result<std::string> read_config_file(const std::string& path);

}  // namespace bulkhead
