// Which process answers for a record: a pid alone may be another's by now.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "runtime/base/result.h"

namespace bulkhead {

struct Supervisor {
  pid_t pid = 0;                    ///< In its own pid namespace.
  std::uint64_t start_time = 0;     ///< proc_pid_stat(5), field 22: ticks.
  std::uint64_t pid_namespace = 0;  ///< Inode of /proc/PID/ns/pid.
  std::string boot_id;              ///< random(4)
  bool operator==(const Supervisor&) const = default;
};

/// The calling process. An error where /proc does not say.
[[nodiscard]] Result<Supervisor> this_supervisor();

/// Whether `other` has ended, as far as `self` can tell: of another pid
/// namespace nobody can. One that ended and was not yet waited for counts.
[[nodiscard]] bool has_ended(const Supervisor& other, const Supervisor& self);

}  // namespace bulkhead
