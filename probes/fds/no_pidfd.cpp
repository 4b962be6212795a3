// A descriptor of a process of the host's: good for signals, for its other
// descriptors, and for its namespaces. It is only recognised, never used.
#include <sys/syscall.h>

#include "probes/support/inherited.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::fds_no_pidfd {
namespace {

Observation attempt(Inside& inside) {
  for (const int fd : inherited(inside)) {
    const std::string target =
        link_target("/proc/self/fd/" + std::to_string(fd));
    const auto info =
        slurp("/proc/self/fdinfo/" + std::to_string(fd)).value_or("");
    // "Pid:" stands in the fdinfo of pidfds only.
    if (target.find("pidfd") != std::string::npos ||
        info.find("\nPid:") != std::string::npos) {
      return reached("a process: " + describe(fd));
    }
  }
  return refused(0, "no process was inherited");
}

bool plant(Outside& outside) {
  const Called opened = call(SYS_pidfd_open, getpid(), 0U);
  if (!opened.ok()) return false;
  // pidfd_open(2) sets close-on-exec; a careless caller does not.
  const bool kept = keep_open(outside, static_cast<int>(opened.value));
  close(static_cast<int>(opened.value));
  return kept;
}

const Register kProbe{{
    .id = "fds/no-pidfd",
    .claim = "No descriptor of a process of the host's arrives.",
    .watches = {"fds"},
    .references = {"pidfd_open(2)", "pidfd_getfd(2)", "CVE-2016-9962"},
    .remedy = "Close every descriptor above 2 before the workload starts.",
    .attempt = attempt,
    .witness = [](Inside&) { return standard_output_open(); },
    .plant = plant,
    .clean = close_planted,
}};

}  // namespace
}  // namespace bulkhead::probes::fds_no_pidfd
