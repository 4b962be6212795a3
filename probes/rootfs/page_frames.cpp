// Which physical frame a page of one's own lies in: what Rowhammer needs.
#include <fcntl.h>
#include <sys/mman.h>

#include <cstdint>

#include "probes/support/kernel_file.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::rootfs_page_frames {
namespace {

constexpr std::uint64_t kFrameBits = (1ULL << 55) - 1;
constexpr std::uint64_t kPage = 4096;

Observation own_frame() {
  const int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return errno == ENOENT ? absent("pagemap") : refused(errno);
  }
  // On the stack, so it is there.
  volatile char here = 1;
  const auto page = reinterpret_cast<std::uintptr_t>(&here) / kPage;
  std::uint64_t entry = 0;
  const ssize_t got =
      pread(fd, &entry, sizeof entry, static_cast<off_t>(page * sizeof entry));
  const int error = errno;
  close(fd);
  if (got != sizeof entry) return refused(error);
  return (entry & kFrameBits) != 0 ? reached("a frame number")
                                   : refused(0, "frame number 0");
}

Observation open_file(const char* path) {
  const Called opened = called(open(path, O_RDONLY | O_CLOEXEC));
  if (opened.ok()) close(static_cast<int>(opened.value));
  if (opened.error == ENOENT) return absent(path);
  return observe(opened, {}, "open");
}

Observation attempt(Inside&) {
  Tally tally;
  tally.add("/proc/self/pagemap", own_frame());
  for (const char* path : {"/proc/kpageflags", "/proc/kpagecount"}) {
    tally.add(path, open_file(path));
  }
  return tally.result();
}

const Register kProbe{{
    .id = "rootfs/page-frames",
    .claim = "The physical frames of memory are not shown.",
    .watches = {"rootfs", "capabilities", "userns"},
    .references = {"proc_pid_pagemap(5)", "capabilities(7) CAP_SYS_ADMIN"},
    .remedy = "Ask for a new user namespace and drop CAP_SYS_ADMIN.",
    .attempt = attempt,
    .witness = [](Inside&) { return read_proc_version(); },
}};

}  // namespace
}  // namespace bulkhead::probes::rootfs_page_frames
