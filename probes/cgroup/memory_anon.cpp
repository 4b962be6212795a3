// Anonymous memory: the child that takes too much dies, nobody else.
#include <sys/mman.h>

#include <cerrno>

#include "probes/support/memory.h"

namespace bulkhead::probes::cgroup_memory_anon {
namespace {

constexpr unsigned long long kPage = 4096;

int use(unsigned long long bytes) {
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return errno;
  auto* at = static_cast<volatile char*>(memory);
  for (unsigned long long i = 0; i < bytes; i += kPage) at[i] = 1;
  munmap(memory, bytes);
  return 0;
}

const Register kProbe{{
    .id = "cgroup/memory-anon",
    .claim = "No more memory than the limit can be used; only the offender "
             "dies.",
    .watches = {"cgroup"},
    .references = {"OCI linux.resources.memory", "CIS Docker 5.10"},
    .remedy = "Set memory.max (and no swap) before the workload starts.",
    .attempt = [](Inside& inside) { return exceed_memory(inside, use); },
    .witness = [](Inside&) { return use_some_memory(use); },
    .placement = Placement::kAlone,
    .seconds = 20,
}};

}  // namespace
}  // namespace bulkhead::probes::cgroup_memory_anon
