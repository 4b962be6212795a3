// What a start can change around itself: seen before and after, the difference
// is what it left behind.
#pragma once

#include <sys/types.h>

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "verify/box.h"

namespace bulkhead::verify::faults {

/// Each a line: "cgroup /sys/fs/cgroup/pids/x", "mount /mnt tmpfs",
/// "file /run/x", "device /dev/null 020666 0 0 259", "hostname crash-box".
using World = std::set<std::string>;

/// What this box looks like, but for its processes and the rootfs of the run.
/// `directory` is what the run may write to.
[[nodiscard]] World look_around(const BoxFacts& box,
                                const std::string& directory);

/// Process ids in this pid namespace, but the caller's own.
[[nodiscard]] std::set<pid_t> processes();

/// Waits until nothing is left of what was started since `before`, at most
/// `most_ms`; meanwhile `serve` is called whenever `listener` is readable.
/// Collects what has ended; what has not is named by its comm(5).
[[nodiscard]] std::vector<std::string> left_processes(
    const std::set<pid_t>& before, int most_ms, int listener,
    const std::function<void()>& serve);

/// "left cgroup /x" and "changed hostname crash-box", without what differs from
/// run to run (fault.h).
[[nodiscard]] std::vector<std::string> difference(const World& before,
                                                  const World& after,
                                                  const std::string& nonce);

}  // namespace bulkhead::verify::faults
