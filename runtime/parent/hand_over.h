// What one start hands to its workload: arguments, environment, streams.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "runtime/base/fd.h"
#include "runtime/base/result.h"
#include "runtime/parent/container.h"
#include "runtime/plan/plan.h"

namespace bulkhead {

/// Writes tables of words, as execve wants them, into memory that is given.
class WordTables {
 public:
  explicit WordTables(std::span<char> room) : room_(room) {}
  /// The address of the table, its words behind it; 0 once there is no room.
  [[nodiscard]] std::uint64_t add(const std::vector<std::string>& words);
  /// Something did not fit.
  [[nodiscard]] bool full() const { return full_; }

 private:
  std::span<char> room_;
  bool full_ = false;
};

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
