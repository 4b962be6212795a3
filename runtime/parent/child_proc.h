// The child's directory in /proc, known to be the child's.
#pragma once

#include <sys/types.h>

#include <string>

#include "runtime/base/fd.h"
#include "runtime/base/result.h"
#include "runtime/parent/clone.h"

namespace bulkhead {

struct ChildProc {
  /// The child's number in the pid namespace of /proc, which need not be the
  /// caller's: the one that clone3(2) gave may be somebody else's there.
  pid_t pid = -1;
  Fd directory;  ///< O_PATH
};

/// Fails where /proc does not show the child. Good until it is reaped.
[[nodiscard]] Result<ChildProc> open_child_proc(const ClonedChild& child);

/// Its namespace of that name in /proc/PID/ns; takes CAP_SYS_PTRACE, its memory
/// being hidden (proc_pid_ns(5)).
[[nodiscard]] Result<Fd> open_child_namespace(const ClonedChild& child,
                                              const std::string& name);

}  // namespace bulkhead
