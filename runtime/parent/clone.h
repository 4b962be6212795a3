// One clone, and the memory that both sides of it see.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <cstddef>
#include <span>

#include "runtime/base/fd.h"
#include "runtime/base/result.h"
#include "runtime/child/child.h"

namespace bulkhead {

/// What one child needs until exec: a stack with an inaccessible page below
/// it, above it the state that both sides see, and the words of this start.
class StartMemory {
 public:
  StartMemory() = default;
  StartMemory(StartMemory&& other) noexcept
      : address_(std::exchange(other.address_, nullptr)) {}
  StartMemory& operator=(StartMemory&& other) noexcept {
    std::swap(address_, other.address_);
    return *this;
  }
  StartMemory(const StartMemory&) = delete;
  StartMemory& operator=(const StartMemory&) = delete;
  ~StartMemory();

  /// One zeroed mapping. `own_memory`: the child will have memory of its own,
  /// so that the state must be in a shared mapping.
  [[nodiscard]] static Result<StartMemory> map(bool own_memory);

  [[nodiscard]] SharedState* state() const;
  [[nodiscard]] void* stack_top() const { return state(); }
  /// Room for argv and envp, at the same address on both sides.
  [[nodiscard]] std::span<char> words() const;

 private:
  void* address_ = nullptr;
};

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
