// A child looks at the memory map of its parent, which has made itself
// undumpable, as programs with secrets do.
#include <fcntl.h>
#include <sys/prctl.h>

#include "probes/support/capability.h"
#include "probes/support/child.h"
#include "probes/support/try.h"

namespace bulkhead::probes::capabilities_sys_ptrace {
namespace {

Observation look_at_parent() {
  const std::string maps = "/proc/" + std::to_string(getppid()) + "/maps";
  const Called opened = called(open(maps.c_str(), O_RDONLY | O_CLOEXEC));
  return observe(opened, {}, "open an undumpable process's maps");
}

Observation attempt(Inside&) {
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
    return broken("PR_SET_DUMPABLE: " + errno_name(errno));
  }
  return in_child(look_at_parent);
}

Observation witness(Inside&) {
  const Observation seen = in_child(look_at_parent);
  return seen.outcome == Outcome::kReached
             ? works("an ordinary process of the same user can be looked at")
             : broken(seen.evidence);
}

const Register kProbe{{
    .id = "capabilities/sys-ptrace",
    .claim = "A process that keeps its memory to itself cannot be looked into.",
    .watches = {"capabilities"},
    .references = {"capabilities(7) CAP_SYS_PTRACE", "PR_SET_DUMPABLE(2const)",
                   "ptrace(2)"},
    .remedy = "Drop CAP_SYS_PTRACE.",
    .attempt = attempt,
    .witness = witness,
}};

}  // namespace
}  // namespace bulkhead::probes::capabilities_sys_ptrace
