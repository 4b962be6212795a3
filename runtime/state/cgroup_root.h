// The directory that a record calls the root of a hierarchy, wherever it is
// mounted here.
#pragma once

#include <optional>
#include <string>

#include "runtime/base/fd.h"
#include "runtime/base/result.h"
#include "runtime/state/record.h"

namespace bulkhead {

struct CgroupRoot {
  Fd directory;
  std::string path;  ///< By which it is reached as long as this exists.
};

/// By its name where that leads to it. In another mount or cgroup namespace it
/// may not: then by its number (open_by_handle_at(2), which takes
/// CAP_DAC_READ_SEARCH). Nothing: it exists no more, and so nothing below it.
/// An error: whether it does cannot be told from here.
[[nodiscard]] Result<std::optional<CgroupRoot>> find_root(const Intent& intent);

}  // namespace bulkhead
