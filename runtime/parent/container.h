// A started plan.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/fd.h"
#include "runtime/base/result.h"
#include "runtime/host/host.h"
#include "runtime/parent/cgroup.h"
#include "runtime/plan/plan.h"

namespace bulkhead {

/// How the workload ended.
struct Exit {
  int status = 0;  ///< Exit status, when `signal` is 0.
  int signal = 0;  ///< Signal that ended it.
  std::map<std::string, std::uint64_t> counters;

  /// As a shell would report it: the status, or 128 + signal.
  [[nodiscard]] int code() const { return signal != 0 ? 128 + signal : status; }
};

/// What one start hands to its workload, other than the plan says.
struct StartRequest {
  /// argv, whose first is the plan's; empty: the plan's.
  std::vector<std::string> arguments;
  std::optional<std::vector<std::string>> environment;  ///< "NAME=value"
  /// Descriptors for 0, 1 and 2; -1: the caller's own. They stay the caller's.
  std::array<int, 3> streams = {-1, -1, -1};
};

/// What there is of a container whose workload has ended, or is killed.
struct Remains {
  Fd pidfd;  ///< Of a process that is not yet reaped; or empty.
  Cgroup cgroup;
  Fd mounts;  ///< Its mount namespace; or empty.
};

/// Who takes a container apart, where that is not its owner's thread.
class Teardown {
 public:
  Teardown() = default;
  Teardown(const Teardown&) = delete;
  Teardown& operator=(const Teardown&) = delete;
  virtual ~Teardown() = default;

  /// Reaps the process, if there is one, lets go of the mounts and removes the
  /// cgroup.
  virtual void take(Remains remains) = 0;
};

/// Whether what the kernel counted is of interest: to read it takes about as
/// long as to remove the cgroup.
enum class Counters : std::uint8_t { kRead, kSkip };

/// A running workload. Destroying it kills the workload and removes its
/// cgroup.
class Container {
 public:
  Container(pid_t pid, Fd pidfd, Fd life_line, Cgroup cgroup)
      : pid_(pid),
        pidfd_(std::move(pidfd)),
        life_line_(std::move(life_line)),
        cgroup_(std::move(cgroup)) {}
  Container(Container&& other) noexcept
      : pid_(std::exchange(other.pid_, -1)),
        pidfd_(std::move(other.pidfd_)),
        life_line_(std::move(other.life_line_)),
        cgroup_(std::move(other.cgroup_)),
        mounts_(std::move(other.mounts_)),
        teardown_(std::move(other.teardown_)),
        ended_(std::exchange(other.ended_, std::nullopt)) {}
  Container& operator=(Container&&) = delete;
  Container(const Container&) = delete;
  Container& operator=(const Container&) = delete;
  ~Container();

  /// The workload's pid as its supervisor sees it.
  [[nodiscard]] pid_t pid() const { return pid_; }
  /// Readable when the workload has ended (pidfd_open(2)).
  [[nodiscard]] int pidfd() const { return pidfd_.get(); }
  [[nodiscard]] Status signal(int number) const;
  /// SIGKILL, and waits until the workload has ended; one that a freezer of
  /// cgroup v1 holds runs again first. An error after 1 s says in which state
  /// it is. wait() then tells the end and removes the rest.
  [[nodiscard]] Status stop() const;

  /// Waits for the end and tells it, without counters: for whoever has no time
  /// to lose. The rest is removed by wait(), or with this object.
  [[nodiscard]] Result<Exit> ended();
  /// Waits for the end, reads the counters, removes the cgroup or leaves that
  /// to the teardown.
  [[nodiscard]] Result<Exit> wait(Counters counters = Counters::kRead);

  /// What is left after the end is for `teardown` to remove.
  void leave_to(std::shared_ptr<Teardown> teardown) {
    teardown_ = std::move(teardown);
  }
  /// …and the mount namespace is among it: the workload's exit, which who waits
  /// for it waits for, need not take its mounts apart (an RCU grace period).
  void hold(Fd mounts) { mounts_ = std::move(mounts); }

 private:
  pid_t pid_;
  Fd pidfd_;
  Fd life_line_;
  Cgroup cgroup_;
  Fd mounts_;
  std::shared_ptr<Teardown> teardown_;
  std::optional<Exit> ended_;  ///< It has; its cgroup is still there.
};

/// Compiles `spec` and prepares what every start of it shares.
[[nodiscard]] Result<Plan> make_plan(Spec spec, const Host& host);

/// When the parts of one start ended, by the time stamp counter.
struct StartStamps {
  std::uint64_t called = 0;  ///< start() was entered,
  std::uint64_t cgroup = 0;  ///< the cgroup was made,
  std::uint64_t before = 0;  ///< the calls before clone were made,
  std::uint64_t cloned = 0;  ///< there was a child,
  std::uint64_t served = 0;  ///< it need not wait for its caller; 0: never had.
  /// By index into Plan::steps; 0: no calls of its own.
  std::vector<std::uint64_t> steps;
};

/// Runs the plan. On success the workload's first instruction is reached with
/// every boundary set and read back; on failure nothing is left and the error
/// names the step. The caller's thread is suspended or waits meanwhile.
/// `stamps`, if given, is filled in where it succeeds.
[[nodiscard]] Result<Container> start(const Plan& plan,
                                      StartStamps* stamps = nullptr);

}  // namespace bulkhead
