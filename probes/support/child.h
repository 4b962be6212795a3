// Forked children and what they saw.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>

#include "probes/probe.h"

namespace bulkhead::probes {

/// Writes `seen` to `fd` in the binary form that receive() reads; evidence is
/// cut so that the whole fits a pipe and never blocks.
void send(int fd, const Observation& seen);

/// Reads what send() wrote. False: nothing whole came.
[[nodiscard]] bool receive(int fd, Observation& seen);

/// Forks a child that dies with this process. Returns in both, like fork(2).
[[nodiscard]] pid_t fork_bound();

/// Runs `body` in a forked child and returns what it saw; `died` makes an
/// observation of a child killed by a signal (default: broken).
[[nodiscard]] Observation in_child(
    const std::function<Observation()>& body,
    const std::function<Observation(int signal)>& died = {});

/// Closes every descriptor above 2 but these, which may be one and the same.
void close_all_but(int one, int other);

/// Waits for `child`; its wait status, or -1.
int wait_for(pid_t child);

/// Forks paused children until fork fails or `most` are there, then kills and
/// reaps them. Returns how many were there; `error` is why it stopped, or 0.
[[nodiscard]] int fork_many(int most, int& error);

}  // namespace bulkhead::probes
