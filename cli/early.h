// `bulkhead run --pool` before libc is set up.
#pragma once

namespace bulkhead::cli {

/// The connection by which a container was asked for before main(): its pool
/// has yet to be listened to. -1: nothing was asked.
extern int early_pool_socket;

}  // namespace bulkhead::cli
