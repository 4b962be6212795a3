// Nothing is copied: no vectors, no descriptor.
#include "probes/support/filter.h"
#include "probes/support/ordinary.h"
#include "probes/support/try.h"

namespace bulkhead::probes::seccomp_process_memory {
namespace {

Observation attempt(Inside&) {
  return observe_rows(
      {{"process_vm_readv",
        [] {
          return call(SYS_process_vm_readv, getpid(), 0L, 0UL, 0L, 0UL, 0UL);
        },
        {}},
       {"process_vm_writev",
        [] {
          return call(SYS_process_vm_writev, getpid(), 0L, 0UL, 0L, 0UL, 0UL);
        },
        {}},
       {"process_madvise",
        [] { return call(SYS_process_madvise, -1, 0L, 0UL, 0, 0U); },
        {EBADF}},
       {"pidfd_getfd",
        [] { return call(SYS_pidfd_getfd, -1, 0, 0U); },
        {EBADF}}});
}

const Register kProbe{{
    .id = "seccomp/process-memory",
    .claim =
        "No process reaches into the memory or the descriptors of another.",
    .watches = {"seccomp"},
    .references = {"process_vm_readv(2)", "process_madvise(2)",
                   "pidfd_getfd(2)", "moby f7bcb02f67"},
    .remedy = "Deny these calls.",
    .attempt = attempt,
    .witness = [](Inside&) { return memory_works(); },
}};

}  // namespace
}  // namespace bulkhead::probes::seccomp_process_memory
