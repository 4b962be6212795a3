// A connection that the caller holds: whoever has it speaks in its name.
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

#include "probes/support/inherited.h"

namespace bulkhead::probes::fds_no_socket {
namespace {

Observation attempt(Inside& inside) {
  for (const int fd : inherited(inside)) {
    struct stat status {};
    if (fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode)) {
      return reached("a socket: " + describe(fd));
    }
  }
  return refused(0, "no socket was inherited");
}

bool plant(Outside& outside) {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return false;
  }
  const bool kept = keep_open(outside, ends[0]);
  close(ends[0]);
  close(ends[1]);
  return kept;
}

const Register kProbe{{
    .id = "fds/no-socket",
    .claim = "No connection of the caller's arrives.",
    .watches = {"fds"},
    .references = {"CVE-2016-9962", "unix(7)", "close_range(2)"},
    .remedy = "Close every descriptor above 2 before the workload starts.",
    .attempt = attempt,
    .witness = [](Inside&) { return standard_output_open(); },
    .plant = plant,
    .clean = close_planted,
}};

}  // namespace
}  // namespace bulkhead::probes::fds_no_socket
