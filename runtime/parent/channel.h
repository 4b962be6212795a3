// How a supervisor and its child hear of each other.
#pragma once

#include <sys/types.h>

#include "runtime/base/fd.h"
#include "runtime/base/result.h"

namespace bulkhead {

/// Two ends; both close at exec.
struct Channel {
  Fd first;   ///< Of a pipe, the one that is read.
  Fd second;  ///< Of a pipe, the one that is written.
};

/// pipe2(2); `flags` beside O_CLOEXEC.
[[nodiscard]] Result<Channel> make_pipe(int flags);

/// A pair of sockets that keep the messages of a parked child apart.
[[nodiscard]] Result<Channel> make_socket();

/// A child on its way to where it is parked, and one that was told to go on,
/// take milliseconds. Were it told by a call that lied, both would wait.
inline constexpr int kParkMs = 5'000;

/// A byte or, 0, that there is none any more, within `most_ms`; -1: however
/// long it takes. An error: it is not known how far the child has got; it has
/// to be killed.
[[nodiscard]] Result<ssize_t> hear(const Fd& from, int most_ms = -1);

}  // namespace bulkhead
