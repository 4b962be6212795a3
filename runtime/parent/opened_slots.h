// Descriptors that the calls before the clone opened.
#pragma once

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <span>

#include "runtime/plan/plan.h"

namespace bulkhead {

/// A slot that one of `calls` closed holds a number that is not ours.
inline bool closed_by(std::span<const Call> calls, int slot) {
  return std::ranges::any_of(calls, [&](const Call& call) {
    return call.number == SYS_close &&
           call.args[0].value == static_cast<std::uint64_t>(slot);
  });
}

/// Descriptors that the calls before clone left in slots: closed at the end.
class OpenedSlots {
 public:
  OpenedSlots(const Plan& plan, SharedState* shared)
      : made_(plan.before), shared_(shared) {}
  OpenedSlots(const OpenedSlots&) = delete;
  OpenedSlots& operator=(const OpenedSlots&) = delete;
  ~OpenedSlots() {
    for (const Call& call : made_) {
      if (call.result_slot < 0) continue;
      const auto fd = static_cast<int>(shared_->slots[call.result_slot]);
      if (fd >= 0 && !closed_by(made_, call.result_slot)) close(fd);
    }
  }

  /// The call that `failure` tells of, and those after it, were not made: what
  /// they would have closed is open.
  void stopped_by(const Failure& failure) {
    const auto at = std::ranges::find_if(made_, [&](const Call& call) {
      return call.step == failure.step &&
             call.number_in_step == failure.number_in_step;
    });
    made_ = made_.first(static_cast<std::size_t>(at - made_.begin()));
  }

 private:
  std::span<const Call> made_;
  SharedState* shared_;
};

}  // namespace bulkhead
