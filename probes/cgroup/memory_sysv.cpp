// System V shared memory outlives its maker, and no tmpfs size bounds it. It
// is marked for removal as soon as it is attached.
#include <sys/ipc.h>
#include <sys/shm.h>

#include <cerrno>

#include "probes/support/memory.h"

namespace bulkhead::probes::cgroup_memory_sysv {
namespace {

constexpr unsigned long long kPage = 4096;

int use(unsigned long long bytes) {
  const int id = shmget(IPC_PRIVATE, bytes, IPC_CREAT | 0600);
  if (id < 0) return errno;
  void* memory = shmat(id, nullptr, 0);
  const int error = errno;
  shmctl(id, IPC_RMID, nullptr);
  // (void*)-1 in shmat(2).
  if (reinterpret_cast<long>(memory) == -1) return error;
  auto* at = static_cast<volatile char*>(memory);
  for (unsigned long long i = 0; i < bytes; i += kPage) at[i] = 1;
  shmdt(memory);
  return 0;
}

const Register kProbe{{
    .id = "cgroup/memory-sysv",
    .claim = "System V shared memory counts against the memory limit.",
    .watches = {"cgroup"},
    .references = {"OCI linux.resources.memory", "sysvipc(7)"},
    .remedy = "Set memory.max before the workload starts.",
    .attempt = [](Inside& inside) { return exceed_memory(inside, use); },
    .witness = [](Inside&) { return use_some_memory(use); },
    .placement = Placement::kAlone,
    .seconds = 20,
}};

}  // namespace
}  // namespace bulkhead::probes::cgroup_memory_sysv
