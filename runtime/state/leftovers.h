// What the record of a dead supervisor names, removed.
#pragma once

#include <string>
#include <vector>

#include "runtime/state/cgroup_tree.h"
#include "runtime/state/record.h"

namespace bulkhead {

struct Leftovers {
  std::vector<std::string> removed;
  /// Directories above a container's that others use by now.
  std::vector<std::string> left_to_others;
  /// What could not be removed, each with its reason.
  std::vector<std::string> remains;
};

/// Removes what `record` names, except for what a record in `living` names as
/// well. What is not there is fine.
[[nodiscard]] Leftovers remove_leftovers(const Record& record,
                                         const std::vector<Record>& living,
                                         Deadline deadline);

}  // namespace bulkhead
