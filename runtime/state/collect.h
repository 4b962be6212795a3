// Garbage collection: the records of supervisors that have died, and what they
// name.
#pragma once

#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/state/leftovers.h"
#include "runtime/state/state_directory.h"

namespace bulkhead {

/// What became of one record.
struct Collected {
  std::string name;  ///< The record's file.
  Supervisor supervisor;
  bool alive = false;  ///< Its supervisor lives: nothing was touched.
  Leftovers leftovers;
};

struct Collection {
  std::string directory;
  std::vector<Collected> records;
  /// Files that are no records, or cannot be read.
  std::vector<std::string> unreadable;

  /// Nothing of a dead supervisor is left.
  [[nodiscard]] bool complete() const;
};

/// How much time it may take.
enum class CollectMode {
  /// Before a start: at most 20 ms are spent on what does not end at once, and
  /// a record whose supervisor's pid is in use is not read.
  kQuick,
  /// `bulkhead gc`: up to 1 s.
  kThorough,
};

/// A supervisor is dead when nobody holds the lock of its record: the kernel
/// drops that with the process. A child of it that has not reached exec holds
/// it for a moment longer; then it is the process itself that is looked for.
///
/// The record of `self` is left alone. An error: the directory cannot be read.
[[nodiscard]] Result<Collection> collect_dead(const StateDirectory& state,
                                              const Supervisor& self,
                                              CollectMode mode);

/// The same for whoever is not a supervisor: where there is no state directory
/// there is nothing to collect.
[[nodiscard]] Result<Collection> collect_all();

}  // namespace bulkhead
