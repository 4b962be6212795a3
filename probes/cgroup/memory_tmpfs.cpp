// Files on a tmpfs are memory. Each tmpfs is bounded, and their sum by the
// limit; with neither, the file grows past it.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "probes/support/memory.h"

namespace bulkhead::probes::cgroup_memory_tmpfs {
namespace {

constexpr const char* kFile = "/tmp/bulkhead-memory";

int use(unsigned long long bytes) {
  const int fd = open(kFile, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return errno;
  // Gone with this process, also if it is killed.
  unlink(kFile);
  const int error = write_zeros(fd, bytes);
  close(fd);
  return error;
}

const Register kProbe{{
    .id = "cgroup/memory-tmpfs",
    .claim = "Files in memory do not grow past the memory limit.",
    .watches = {"cgroup", "rootfs"},
    .references = {"OCI linux.resources.memory", "tmpfs(5)"},
    .remedy = "Set memory.max before the workload starts, and mount every "
              "tmpfs with size=.",
    .attempt = [](Inside& inside) { return exceed_memory(inside, use); },
    .witness = [](Inside&) { return use_some_memory(use); },
    .placement = Placement::kAlone,
    .seconds = 20,
}};

}  // namespace
}  // namespace bulkhead::probes::cgroup_memory_tmpfs
