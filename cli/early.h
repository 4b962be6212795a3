// What `bulkhead run` does before libc is set up.
#pragma once

#include <sys/types.h>

namespace bulkhead::cli {

/// The connection by which a container was asked for before main(): its pool
/// has yet to be listened to. -1: nothing was asked.
extern int early_pool_socket;

/// The child of a try of time namespaces with a user namespace
/// (runtime/host/time_try.h) that was begun. Not above 0: none was, or it is
/// somebody's by now.
extern pid_t early_time_try;

}  // namespace bulkhead::cli
