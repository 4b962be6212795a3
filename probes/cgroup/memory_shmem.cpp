// Files without a name (memfd) live in memory that no tmpfs size bounds.
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

#include "probes/support/memory.h"

namespace bulkhead::probes::cgroup_memory_shmem {
namespace {

int use(unsigned long long bytes) {
  const int fd = memfd_create("bulkhead", MFD_CLOEXEC);
  if (fd < 0) return errno;
  const int error = write_zeros(fd, bytes);
  close(fd);
  return error;
}

const Register kProbe{{
    .id = "cgroup/memory-shmem",
    .claim = "Shared memory and unnamed files count against the memory limit.",
    .watches = {"cgroup"},
    .references = {"OCI linux.resources.memory", "memfd_create(2)"},
    .remedy = "Set memory.max before the workload starts.",
    .attempt = [](Inside& inside) { return exceed_memory(inside, use); },
    .witness = [](Inside&) { return use_some_memory(use); },
    .placement = Placement::kAlone,
    .seconds = 20,
}};

}  // namespace
}  // namespace bulkhead::probes::cgroup_memory_shmem
