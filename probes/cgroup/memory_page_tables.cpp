// Memory that the kernel spends on somebody's behalf: page tables. Reading far
// apart maps the one page of zeros again and again, and costs nothing else.
#include <sys/mman.h>

#include <cerrno>

#include "probes/support/memory.h"

namespace bulkhead::probes::cgroup_memory_page_tables {
namespace {

constexpr unsigned long long kPage = 4096;
// What one table of 512 entries covers.
constexpr unsigned long long kCovered = 512 * kPage;

int use(unsigned long long bytes) {
  const unsigned long long tables = bytes / kPage;
  void* memory = mmap(nullptr, tables * kCovered, PROT_READ,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return errno;
  // A huge page of zeros would need no table.
  madvise(memory, tables * kCovered, MADV_NOHUGEPAGE);
  auto* at = static_cast<volatile const char*>(memory);
  char seen = 0;
  for (unsigned long long i = 0; i < tables; ++i) {
    seen = static_cast<char>(seen + at[i * kCovered]);
  }
  munmap(memory, tables * kCovered);
  return seen;
}

const Register kProbe{{
    .id = "cgroup/memory-page-tables",
    .claim = "Memory that the kernel uses for the workload counts against the "
             "memory limit.",
    .watches = {"cgroup"},
    .references = {"OCI linux.resources.memory", "cgroups(7) memory",
                   "cgroup-v2 memory.stat pagetables"},
    .remedy = "Set memory.max before the workload starts; do not disable "
              "kernel memory accounting.",
    .attempt = [](Inside& inside) { return exceed_memory(inside, use); },
    .witness = [](Inside&) { return use_some_memory(use); },
    .placement = Placement::kAlone,
    .seconds = 20,
}};

}  // namespace
}  // namespace bulkhead::probes::cgroup_memory_page_tables
