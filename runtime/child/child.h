// The side after clone. It shares the parent's memory (CLONE_VM), so nothing
// here may allocate, lock, touch errno or call libc: ci/lint/child_symbols
// checks its objects against an allow-list.
#pragma once

#include <cstddef>

#include "runtime/plan/call.h"

namespace bulkhead::child {

inline constexpr std::size_t kNotParked = ~std::size_t{0};

/// Everything the child looks at.
struct ChildPlan {
  const Call* calls;
  std::size_t calls_length;
  SharedState* shared;
  /// Parked before this call; kNotParked: runs through.
  std::size_t park_at = kNotParked;
  int park_fd = -1;  ///< The child's end of the socket to its supervisor.
  /// The change of ids has cleared the parent-death signal, and the plan sets
  /// it again only later.
  bool arm_lifeline = false;
};

/// Walks `calls` until one fails. True: all done. Also used by the parent for
/// the steps before clone.
[[nodiscard]] bool run_calls(const Call* calls, std::size_t length,
                             SharedState* shared);

/// Entry point after clone: runs the plan, whose last call is execve, and
/// exits with 125 if it comes back. `argument` is a ChildPlan.
[[noreturn]] void child_main(void* argument);

/// Closes every descriptor above 2 that is not in `keep`: a parked child would
/// hold the caller's files and its siblings' pipes open.
[[nodiscard]] bool close_others(const SharedState& shared);

/// Makes `streams` descriptors 0, 1 and 2.
[[nodiscard]] bool take_streams(const SharedState& shared);

/// Says so to the supervisor, waits for its word, and takes the streams that
/// come with it. False: the supervisor is gone, or they did not arrive.
[[nodiscard]] bool park(int socket_fd);

/// kMountTable: every line of mountinfo is an expected mount and every
/// expected mount is there.
[[nodiscard]] bool mount_table_matches(int mountinfo_fd, const Call& call,
                                       SharedState* shared);

/// kSetCloseOnExec: walks an open /proc/self/fd directory, sets FD_CLOEXEC
/// above 2, and checks that it is set.
[[nodiscard]] bool set_close_on_exec(int directory_fd, SharedState* shared);

/// kCloseAbove; what close_range(2) answers.
[[nodiscard]] std::int64_t close_above(const Call& call, SharedState* shared);

/// kDescriptors: FD_CLOEXEC is set above 2. Asks for every number until as many
/// are open as /proc/self/fd says; walks that where it does not say
/// (before 6.2), or where the numbers lie far apart.
[[nodiscard]] bool descriptors_close_on_exec(const Call& call,
                                             SharedState* shared);

/// Reads the file `name` below `directory_fd` into scratch, NUL-terminated.
/// Its length, or a negative errno.
[[nodiscard]] std::int64_t read_into_scratch(std::int64_t directory_fd,
                                             std::uint64_t name,
                                             SharedState* shared);

/// What `argument` stands for at this moment.
[[nodiscard]] std::uint64_t resolve(const Argument& argument,
                                    SharedState* shared);

}  // namespace bulkhead::child
