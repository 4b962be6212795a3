// What a Launcher and its containers share: pools, workers, remains.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "runtime/launcher/bell.h"
#include "runtime/launcher/launcher.h"
#include "runtime/parent/pending_start.h"

namespace bulkhead {

class LauncherState : public Teardown {
 public:
  LauncherState(Host host, const LauncherOptions& options, Fd null_device,
                Bell bell);
  LauncherState(const LauncherState&) = delete;
  LauncherState& operator=(const LauncherState&) = delete;
  /// Waits until everything is taken apart.
  ~LauncherState() override;

  /// Once, before anything else.
  [[nodiscard]] Status start_workers();

  [[nodiscard]] Result<ProgramId> add(Spec spec, const PoolOptions& pool);
  /// The container does not yet know its teardown.
  [[nodiscard]] Result<Launched> start(ProgramId program,
                                       const StartRequest& request);
  [[nodiscard]] Status wait_ready(ProgramId program);
  [[nodiscard]] Status drain();
  [[nodiscard]] LauncherCounts counts() const;
  [[nodiscard]] const Plan& plan(ProgramId program) const;
  /// No pool is filled any more, and those that are get emptied.
  void close();

  void take(Remains remains) override;

 private:
  struct Ready {
    PendingStart child;
    ParkAt depth;
    std::string note;  ///< Why it waits no deeper, where it could not.
    Fd mounts;         ///< Its mount namespace, if it may be looked at.
  };
  struct Program {
    Plan plan;
    PoolOptions pool;
    std::deque<Ready> ready;
    std::size_t in_making = 0;
    ParkAt depth = ParkAt::kNowhere;  ///< What works here.
    std::string note;                 ///< Why it is less than asked for.
    bool resting = false;  ///< Filling failed: not again before a start.
    bool filling = true;   ///< Until it is full; then when a batch is missing.

    /// Whether one more child is to be made now; keeps `filling` up to date.
    [[nodiscard]] bool wants_one();
  };

  void work();
  [[nodiscard]] Result<Program*> program_of(ProgramId id);
  [[nodiscard]] Program* to_fill();
  void fill(Program& program, std::unique_lock<std::mutex>& lock);
  void remove_one(std::unique_lock<std::mutex>& lock);
  void tell(const Status& removed);
  /// Wakes another worker if there is something for it too.
  void call_another();
  [[nodiscard]] std::string next_suffix();
  [[nodiscard]] Result<PendingStart> make_ready(const Plan& plan, ParkAt depth);
  [[nodiscard]] static Ready ready_at(ParkAt depth, PendingStart child,
                                      std::string note);
  [[nodiscard]] Result<Ready> make_deepest(const Program& program,
                                           ParkAt depth);
  [[nodiscard]] std::deque<Ready> empty_pools();

  const Host host_;
  const LauncherOptions options_;
  const Fd null_device_;
  std::atomic<std::uint64_t> started_{0};

  mutable std::mutex mutex_;
  Bell bell_;  ///< For workers.
  std::condition_variable settled_;
  std::vector<std::unique_ptr<Program>> programs_;
  std::deque<Remains> remains_;
  std::size_t being_removed_ = 0;
  std::string failures_;  ///< Of taking apart, since the last drain().
  bool stop_ = false;
  bool closed_ = false;
  std::vector<std::thread> workers_;
};

}  // namespace bulkhead
