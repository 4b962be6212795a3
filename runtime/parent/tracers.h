// Who could open a child that is born in a pid namespace with others.
#pragma once

#include "runtime/base/result.h"

namespace bulkhead {

/// An error where a process of the pid namespace behind `pidns_fd` has, or can
/// get, CAP_SYS_PTRACE in this program's own user namespace: nothing hides from
/// it the memory that the child shares with its supervisor. Of the caller's own
/// pid namespace nobody is asked: who is there sees the supervisor as well.
[[nodiscard]] Status refuse_tracers(int pidns_fd);

}  // namespace bulkhead
