// The seccomp filter through which a program's calls are answered from outside
// (seccomp_unotify(2)): it goes with the program through every clone and exec,
// and works on static ones.
#pragma once

#include <linux/filter.h>

#include <vector>

#include "runtime/base/fd.h"
#include "runtime/base/result.h"

namespace bulkhead::verify::faults {

/// A filter that asks about the calls `numbers` of this architecture, and lets
/// pass all others. fcntl(F_GETFD) passes: the probes do it 65,536 times.
[[nodiscard]] std::vector<sock_filter> asking_filter(
    const std::vector<int>& numbers);

/// Loads `filter` into the calling process and writes the listener's number to
/// `channel`. Async-signal-safe; false: errno says why not.
[[nodiscard]] bool load_asking_filter(const std::vector<sock_filter>& filter,
                                      int channel);

/// The listener of the process `pidfd`, which announces it on `channel`.
[[nodiscard]] Result<Fd> take_listener(int pidfd, int channel);

}  // namespace bulkhead::verify::faults
