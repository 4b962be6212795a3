// Two pages with a limit of one, which the child sets itself.
#include <sys/mman.h>
#include <sys/resource.h>

#include "probes/support/capability.h"
#include "probes/support/child.h"
#include "probes/support/try.h"

namespace bulkhead::probes::capabilities_ipc_lock {
namespace {

constexpr std::size_t kPage = 4096;

Observation lock_too_much() {
  rlimit limit{};
  if (getrlimit(RLIMIT_MEMLOCK, &limit) != 0) {
    return broken("getrlimit: " + errno_name(errno));
  }
  limit.rlim_cur = kPage;
  if (limit.rlim_max < kPage || setrlimit(RLIMIT_MEMLOCK, &limit) != 0) {
    return broken("a limit of one page cannot be set");
  }
  void* pages = mmap(nullptr, 2 * kPage, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) return broken("mmap: " + errno_name(errno));
  return observe(call(SYS_mlock, pages, 2 * kPage), {}, "mlock beyond it");
}

Observation attempt(Inside&) { return in_child(lock_too_much); }

const Register kProbe{{
    .id = "capabilities/ipc-lock",
    .claim = "Memory cannot be locked beyond the limit.",
    .watches = {"capabilities", "userns"},
    .references = {"capabilities(7) CAP_IPC_LOCK", "mlock(2)"},
    .remedy = "Drop CAP_IPC_LOCK.",
    .attempt = attempt,
    .witness = [](Inside&) { return read_capabilities(); },
}};

}  // namespace
}  // namespace bulkhead::probes::capabilities_ipc_lock
