// Messages that nobody reads: each socket's queue is small, but a process has
// many sockets, and a child more. Descriptors in flight are not needed.
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <vector>

#include "probes/support/child.h"
#include "probes/support/memory.h"

namespace bulkhead::probes::cgroup_memory_sockets {
namespace {

// Below RLIMIT_NOFILE of any container.
constexpr std::size_t kMostPairs = 400;
constexpr int kMostProcesses = 16;
constexpr std::array<char, 16384> kMessage{};

// Fills one pair's queue; the bytes that it took.
unsigned long long fill(int end) {
  unsigned long long took = 0;
  while (true) {
    const ssize_t wrote = write(end, kMessage.data(), kMessage.size());
    if (wrote <= 0) return took;
    took += static_cast<unsigned long long>(wrote);
  }
}

// Uses up to `bytes`, leaves `took` of them in queues that stay open.
int fill_pairs(unsigned long long bytes, unsigned long long& took) {
  for (std::size_t i = 0; i < kMostPairs && took < bytes; ++i) {
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
                   ends.data()) != 0) {
      return errno;
    }
    const unsigned long long more = fill(ends[0]);
    if (more == 0) return ENOBUFS;
    took += more;
  }
  return 0;
}

int use_with(unsigned long long bytes, int processes) {
  unsigned long long took = 0;
  const int error = fill_pairs(bytes, took);
  if (error != 0 || took >= bytes) return error;
  if (processes == 0) return ENOBUFS;
  // The rest in a child, whose table of descriptors begins with ours: closed
  // there, they stay open here.
  int status = 0;
  const pid_t child = fork_bound();
  if (child < 0) return errno;
  if (child == 0) {
    close_range(3, ~0U, 0);
    _exit(use_with(bytes - took, processes - 1));
  }
  status = wait_for(child);
  return status == 0 ? 0 : ENOMEM;
}

int use(unsigned long long bytes) { return use_with(bytes, kMostProcesses); }

const Register kProbe{{
    .id = "cgroup/memory-sockets",
    .claim = "Messages that wait in sockets count against the memory limit.",
    .watches = {"cgroup"},
    .references = {"OCI linux.resources.memory", "unix(7)",
                   "cgroup-v2 memory.stat sock"},
    .remedy = "Set memory.max before the workload starts; do not disable "
              "kernel memory accounting.",
    .attempt = [](Inside& inside) { return exceed_memory(inside, use); },
    .witness = [](Inside&) { return use_some_memory(use); },
    .placement = Placement::kAlone,
    .seconds = 20,
}};

}  // namespace
}  // namespace bulkhead::probes::cgroup_memory_sockets
