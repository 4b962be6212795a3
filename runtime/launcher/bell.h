// What workers sleep on until there is something to do.
#pragma once

#include <mutex>

#include "runtime/base/fd.h"
#include "runtime/base/result.h"

namespace bulkhead {

/// Wakes one sleeper, now or a moment later. Everything is called with the
/// mutex held that the sleepers wait with.
///
/// To wake a thread on an idle CPU takes the one who wakes it as long as a
/// tenth of a start does, and the workload that it started waits for that; so
/// what can be done a moment later is woken by the kernel's timer
/// (timerfd_create(2)). Where there is none it rings at once.
class Bell {
 public:
  /// An error is that of eventfd(2).
  [[nodiscard]] static Result<Bell> make();

  /// Wakes one sleeper, or the next who would sleep. Several rings are one:
  /// whoever wakes and leaves work for others rings again.
  void ring();
  /// The same in a millisecond, unless it is to ring before.
  void ring_soon();
  /// Sleeps until it rings; without the lock.
  void wait(std::unique_lock<std::mutex>& lock);

 private:
  Bell(Fd event, Fd timer)
      : event_(std::move(event)), timer_(std::move(timer)) {}
  [[nodiscard]] bool ring_in(long nanoseconds);

  Fd event_;
  Fd timer_;          ///< Closed: there is none.
  bool set_ = false;  ///< The timer will ring, or has and was not yet heard.
};

}  // namespace bulkhead
