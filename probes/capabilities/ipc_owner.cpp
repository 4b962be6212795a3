// A segment of our own that nobody may attach.
#include <sys/ipc.h>
#include <sys/shm.h>

#include "probes/support/child.h"
#include "probes/support/try.h"

namespace bulkhead::probes::capabilities_ipc_owner {
namespace {

// In a child, whose end detaches it.
Observation attach(int mode) {
  const Called made = called(shmget(IPC_PRIVATE, 4096, IPC_CREAT | mode));
  if (made.error == ENOSYS && !filtered()) {
    return absent("this kernel has no System V IPC");
  }
  if (!made.ok()) return broken("shmget: " + errno_name(made.error));
  const auto id = static_cast<int>(made.value);
  const Called attached = call(SYS_shmat, id, 0L, SHM_RDONLY);
  shmctl(id, IPC_RMID, nullptr);
  return observe(attached, {}, "shmat");
}

Observation attempt(Inside&) {
  return in_child([] { return attach(0000); });
}

Observation witness(Inside&) {
  const Observation seen = in_child([] { return attach(0600); });
  return seen.outcome == Outcome::kRefused  ? broken(seen.evidence)
         : seen.outcome == Outcome::kAbsent ? works(seen.evidence)
                                            : seen;
}

const Register kProbe{{
    .id = "capabilities/ipc-owner",
    .claim = "Permissions of System V objects hold for root as well.",
    .watches = {"capabilities"},
    .references = {"capabilities(7) CAP_IPC_OWNER", "sysvipc(7)"},
    .remedy = "Drop CAP_IPC_OWNER.",
    .attempt = attempt,
    .witness = witness,
}};

}  // namespace
}  // namespace bulkhead::probes::capabilities_ipc_owner
