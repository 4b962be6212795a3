// The side after clone. It shares the parent's memory (CLONE_VM), so nothing
// here may allocate, lock, touch errno or call libc: ci/lint/child_symbols
// checks its objects against an allow-list.
#pragma once

#include <cstddef>

#include "runtime/plan/call.h"

namespace bulkhead::child {

/// Everything the child looks at.
struct ChildPlan {
  const Call* calls;
  std::size_t calls_length;
  SharedState* shared;
};

/// Walks `calls` until one fails. True: all done. Also used by the parent for
/// the steps before clone.
[[nodiscard]] bool run_calls(const Call* calls, std::size_t length,
                             SharedState* shared);

/// Entry point after clone: runs the plan, whose last call is execve, and
/// exits with 125 if it comes back. `argument` is a ChildPlan.
[[noreturn]] void child_main(void* argument);

/// clone3(2) onto `stack_top`; the child runs `entry(argument)`. Returns what
/// the system call returned to the parent.
long clone3_onto(void* clone_args, std::size_t size, void* stack_top,
                 void (*entry)(void*), void* argument);

/// kMountTable: every line of mountinfo is an expected mount and every
/// expected mount is there.
[[nodiscard]] bool mount_table_matches(int mountinfo_fd, const Call& call,
                                       SharedState* shared);

/// kDescriptors, kSetCloseOnExec: walks an open /proc/self/fd directory and
/// checks, or first sets, FD_CLOEXEC above 2.
[[nodiscard]] bool descriptors_close_on_exec(int directory_fd, bool set,
                                             SharedState* shared);

}  // namespace bulkhead::child
