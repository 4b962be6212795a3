// What a stopped call was called with, read out of its process.
#pragma once

#include <linux/seccomp.h>
#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "verify/faults/call_table.h"

namespace bulkhead::verify::faults {

/// The NUL-terminated string at `address` of `pid`, cut at 256 bytes; "?" where
/// it cannot be read, "" for a null pointer.
[[nodiscard]] std::string remote_string(pid_t pid, std::uint64_t address);

/// At most `most` of the strings of the array at `address`.
[[nodiscard]] std::vector<std::string> remote_strings(pid_t pid,
                                                      std::uint64_t address,
                                                      std::size_t most);

/// The arguments that tell `call` from others, as TableCall::arguments says,
/// with commas in between.
[[nodiscard]] std::string argument_text(const TableCall& call, pid_t pid,
                                        const seccomp_data& data);

/// The process that the thread `tid` belongs to.
[[nodiscard]] std::optional<pid_t> process_of(pid_t tid);

}  // namespace bulkhead::verify::faults
