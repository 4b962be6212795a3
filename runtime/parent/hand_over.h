// What one start hands to its workload: arguments, environment, streams.
#pragma once

#include <array>

#include "runtime/base/fd.h"
#include "runtime/base/result.h"
#include "runtime/parent/container.h"
#include "runtime/plan/plan.h"

namespace bulkhead {

/// The caller's streams under numbers above 2, for a child that takes them at
/// its clone.
class StreamCopies {
 public:
  [[nodiscard]] Status make(const StartRequest& request, SharedState* shared);

 private:
  std::array<Fd, kStreams> copies_;
};

/// The streams of `request`, and the word to go on, to a parked child.
[[nodiscard]] Status send_streams(const Fd& socket,
                                  const StartRequest& request);

/// An error where the arguments name another program than the plan's.
[[nodiscard]] Status check_arguments(const StartRequest& request,
                                     const Plan& plan);

}  // namespace bulkhead
