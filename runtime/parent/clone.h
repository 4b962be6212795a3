// One clone.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include "runtime/base/fd.h"
#include "runtime/base/result.h"
#include "runtime/child/child.h"
#include "runtime/parent/start_memory.h"

namespace bulkhead {

struct ClonedChild {
  pid_t pid = -1;
  Fd pidfd;
};

struct CloneRequest {
  unsigned long flags = 0;  ///< CLONE_NEW…
  bool share_memory = true;
  bool suspend_parent = true;  ///< CLONE_VFORK
  int cgroup_fd = -1;          ///< CLONE_INTO_CGROUP
};

/// clone3(2) of a child that runs `plan` on the stack in `memory`, with every
/// signal blocked around it: a handler of the parent's must not run in shared
/// memory.
[[nodiscard]] Result<ClonedChild> clone_child(const CloneRequest& request,
                                              child::ChildPlan* plan,
                                              const StartMemory& memory);

/// SIGKILL by pidfd, by number where that did nothing (refused by a filter
/// around this process, say), and reap. How it ended: by itself, if it was
/// about to.
siginfo_t kill_and_reap(const ClonedChild& child);

/// Tells the child that its id maps are written.
void let_go(SharedState* shared);

}  // namespace bulkhead
