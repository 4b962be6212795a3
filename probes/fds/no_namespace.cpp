// A descriptor of a namespace of the host's: setns(2) would enter it. It is
// only recognised, never used.
#include <fcntl.h>
#include <sys/vfs.h>

#include "probes/support/inherited.h"

namespace bulkhead::probes::fds_no_namespace {
namespace {

constexpr long kNsfsMagic = 0x6e736673;

Observation attempt(Inside& inside) {
  for (const int fd : inherited(inside)) {
    struct statfs system {};
    if (fstatfs(fd, &system) == 0 && system.f_type == kNsfsMagic) {
      return reached("a namespace: " + describe(fd));
    }
  }
  return refused(0, "no namespace was inherited");
}

const Register kProbe{{
    .id = "fds/no-namespace",
    .claim = "No open namespace of the host arrives.",
    .watches = {"fds"},
    .references = {"CVE-2024-21626", "setns(2)", "namespaces(7)"},
    .remedy = "Close every descriptor above 2 before the workload starts.",
    .attempt = attempt,
    .witness = [](Inside&) { return standard_output_open(); },
    .plant =
        [](Outside& outside) {
          return plant_descriptor(outside, "/proc/self/ns/net", O_RDONLY);
        },
    .clean = close_planted,
}};

}  // namespace
}  // namespace bulkhead::probes::fds_no_namespace
