// A set of no semaphores: EINVAL, but only past the filter.
#include "probes/support/child.h"
#include "probes/support/filter.h"
#include "probes/support/try.h"

namespace bulkhead::probes::seccomp_i386_ipc {
namespace {

constexpr long kIpc = 117;
constexpr long kSemget = 2;

Observation attempt(Inside&) {
  return in_child(
      [] {
        return observe(call_i386(kIpc, kSemget, 0, 0), {EINVAL}, "ipc(semget)");
      },
      no_i386);
}

const Register kProbe{{
    .id = "seccomp/i386-ipc",
    .claim = "The multiplexed IPC call of the 32-bit entry is not let through.",
    .watches = {"seccomp"},
    .references = {"ipc(2)", "seccomp(2)"},
    .remedy = "Deny the i386 entry.",
    .attempt = attempt,
    .witness = [](Inside&) { return ordinary_calls(); },
}};

}  // namespace
}  // namespace bulkhead::probes::seccomp_i386_ipc
