// A cgroup with all below it, emptied by force and removed.
#pragma once

#include <chrono>
#include <string>

#include "runtime/base/fd.h"
#include "runtime/base/result.h"

namespace bulkhead {

using Deadline = std::chrono::steady_clock::time_point;

/// `ms` from now.
[[nodiscard]] Deadline in_ms(int ms);

/// Kills every process in the cgroup `path` and below, waits until they are
/// gone and removes the directories, the innermost first; at least once, then
/// again until `deadline`. A directory that is not there is fine. An error says
/// what remains and which process keeps it, in which state.
///
/// cgroup.kill (5.14) ends all at once. Without it nothing may fork meanwhile
/// (pids.max 0), v2 is frozen, each gets SIGKILL, and what a freezer of v1
/// holds runs again: only so does it end.
[[nodiscard]] Status remove_cgroup_tree(const std::string& path,
                                        Deadline deadline);

/// Waits for the end of the process behind `pidfd`, which has got its SIGKILL;
/// one that a freezer of cgroup v1 holds runs again. An error after 1 s says in
/// which state it is.
[[nodiscard]] Status await_killed(const Fd& pidfd);

}  // namespace bulkhead
