#include "runtime/parent/channel.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace bulkhead {

Result<Channel> make_pipe(int flags) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC | flags) != 0) return fail("start: pipe2", errno);
  return Channel{Fd(ends[0]), Fd(ends[1])};
}

Result<Channel> make_socket() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return fail("start: socketpair", errno);
  }
  return Channel{Fd(ends[0]), Fd(ends[1])};
}

Result<ssize_t> hear(const Fd& from, int most_ms) {
  pollfd said = {from.get(), POLLIN, 0};
  char byte;
  for (;;) {
    const int ready = most_ms < 0 ? 1 : poll(&said, 1, most_ms);
    if (ready == 0) {
      return fail(
          "the child says nothing for " + std::to_string(most_ms / 1000) + " s",
          ETIMEDOUT, "see what keeps this machine busy");
    }
    const ssize_t got = ready < 0 ? ready : read(from.get(), &byte, 1);
    if (got >= 0) return got;
    if (errno != EINTR) return fail("read what the child says", errno);
  }
}

}  // namespace bulkhead
