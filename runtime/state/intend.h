// The record of this process: what it is about to make is on it before it is
// made.
//
// One record a process, made with its first container, with its name locked as
// long as the process lives. What several starts make under one name (a plan
// that is started again, a Launcher's numbered cgroups) is on it once: such a
// start finds it there and makes no system call for it.
#pragma once

#include <memory>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/state/record.h"

namespace bulkhead {

/// That something is on the record. Destroyed without settle() it stays there:
/// what was made may still be there.
class Intended {
 public:
  /// How many have not settled what one entry of the record names.
  struct Entry;

  Intended() = default;
  explicit Intended(std::shared_ptr<Entry> entry) : entry_(std::move(entry)) {}
  /// All that was made is removed, or nothing was.
  void settle();

 private:
  std::shared_ptr<Entry> entry_;
};

/// Puts `intents` on the record of this process, which it makes if there is
/// none: then, and whenever something new comes on it, what dead supervisors
/// left is collected first. `root_device` and `root_inode` are filled in here.
/// An error where it cannot be written: then nothing may be made.
///
/// Safe to use from several threads, and after a fork. When the process exits
/// and all is settled, the record is removed.
[[nodiscard]] Result<Intended> intend(std::vector<Intent> intents);

}  // namespace bulkhead
