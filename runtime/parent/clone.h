// One clone, and the memory that both sides of it see.
#pragma once

#include <sys/types.h>

#include <cstddef>

#include "runtime/base/fd.h"
#include "runtime/base/result.h"
#include "runtime/child/child.h"

namespace bulkhead {

/// An anonymous mapping.
class Mapping {
 public:
  Mapping() = default;
  Mapping(Mapping&& other) noexcept
      : address_(std::exchange(other.address_, nullptr)), size_(other.size_) {}
  Mapping& operator=(Mapping&&) = delete;
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping();

  /// Shared with children that have memory of their own, zeroed.
  [[nodiscard]] static Result<Mapping> shared(std::size_t size);
  /// A stack with an inaccessible page below it.
  [[nodiscard]] static Result<Mapping> stack(std::size_t size);

  [[nodiscard]] void* address() const { return address_; }
  [[nodiscard]] void* end() const {
    return static_cast<char*>(address_) + size_;
  }

 private:
  void* address_ = nullptr;
  std::size_t size_ = 0;
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

/// clone3(2) of a child that runs `plan` on `stack`, with every signal blocked
/// around it: a handler of the parent's must not run in shared memory.
[[nodiscard]] Result<ClonedChild> clone_child(const CloneRequest& request,
                                              child::ChildPlan* plan,
                                              const Mapping& stack);

/// SIGKILL by pidfd, and reap.
void kill_and_reap(const ClonedChild& child);

/// Tells the child that its id maps are written.
void let_go(SharedState* shared);

}  // namespace bulkhead
