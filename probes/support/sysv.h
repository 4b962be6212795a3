// System V IPC objects of the outside halves: shared memory, semaphores and a
// message queue under one key.
#pragma once

#include <sys/ipc.h>

#include "probes/probe.h"

namespace bulkhead::probes {

/// A key out of seven digits of the nonce, from the `first` on; never
/// IPC_PRIVATE, never negative.
[[nodiscard]] key_t sysv_key(const std::string& nonce, std::size_t first);

/// Makes one of each with `mode`; tells "shm", "sem" and "msg".
[[nodiscard]] bool plant_sysv(Outside& outside, key_t key, unsigned mode);
void remove_sysv(Outside& outside);

}  // namespace bulkhead::probes
