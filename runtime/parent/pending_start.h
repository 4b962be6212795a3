// A child between its clone and its exec: started at once, or parked on the
// way. Its protocol is drawn above SharedState (plan/call.h).
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/fd.h"
#include "runtime/base/result.h"
#include "runtime/parent/caller_state.h"
#include "runtime/parent/cgroup.h"
#include "runtime/parent/clone.h"
#include "runtime/parent/container.h"
#include "runtime/parent/park_place.h"
#include "runtime/plan/plan.h"

namespace bulkhead {

/// How a child is cloned.
struct BeginOptions {
  ParkAt park_at = ParkAt::kNowhere;
  /// Appended to the name of the plan's cgroup.
  std::string cgroup_suffix;
  /// What is handed over at the clone; nullptr: nothing. To a parked child more
  /// can be handed when it is released.
  const StartRequest* request = nullptr;
  StartStamps* stamps = nullptr;
};

/// Owns everything of a start until it has succeeded. Destroying it ends the
/// child and leaves nothing.
class PendingStart {
 public:
  PendingStart(PendingStart&&) noexcept = default;
  PendingStart& operator=(PendingStart&&) = delete;
  PendingStart(const PendingStart&) = delete;
  PendingStart& operator=(const PendingStart&) = delete;
  ~PendingStart();

  /// Makes the cgroup, clones the child and writes its id maps. `plan` must
  /// outlive what comes out of it. An error: nothing is left.
  [[nodiscard]] static Result<PendingStart> begin(const Plan& plan,
                                                  const BeginOptions& options);

  /// Of a parked child; empty where the caller may not look at it
  /// (proc_pid_ns(5)).
  [[nodiscard]] Fd mount_namespace() const;

  /// The container, once exec is reached; leaves this empty.
  [[nodiscard]] Result<Container> finish(StartStamps* stamps = nullptr);
  /// Sends a parked child on its way, and finishes.
  [[nodiscard]] Result<Container> release(const StartRequest& request);

 private:
  explicit PendingStart(const Plan& plan) : plan_(&plan) {}
  [[nodiscard]] Status prepare(const BeginOptions& options);
  [[nodiscard]] Status clone(const BeginOptions& options);
  [[nodiscard]] Status set_request(const StartRequest& request);
  [[nodiscard]] Status until_parked();
  /// The child's exec or death closes the last end to write to.
  [[nodiscard]] Status await_exec();
  void list_kept(int exec_fd, int park_fd);
  [[nodiscard]] Error reap_failed();

  const Plan* plan_;
  StartMemory memory_;
  Cgroup cgroup_;
  Fd life_read_;
  Fd life_line_;
  Fd exec_read_;
  Fd park_socket_;
  /// Of a caller that is root: as long as there is a child.
  std::unique_ptr<MemoryMark> mark_;
  std::unique_ptr<ClonedChild> child_;
  std::unique_ptr<child::ChildPlan> child_plan_;
};

}  // namespace bulkhead
