// Read-back of the descriptor table through an open /proc/self/fd.
#include <fcntl.h>
#include <sys/syscall.h>

#include "runtime/child/child.h"
#include "runtime/child/syscall.h"

namespace bulkhead::child {
namespace {

/// A record of getdents64(2).
struct Entry {
  std::uint64_t inode;
  std::int64_t offset;
  std::uint16_t length;
  std::uint8_t type;
  char name[1];
};

/// The number that `name` spells, or -1 ("." and "..").
int number_of(const char* name) {
  int number = 0;
  for (const char* digit = name; *digit != '\0'; ++digit) {
    if (*digit < '0' || *digit > '9') return -1;
    number = number * 10 + (*digit - '0');
  }
  return number;
}

}  // namespace

bool descriptors_close_on_exec(int directory_fd, bool set,
                               SharedState* shared) {
  for (;;) {
    const std::int64_t got = raw_syscall(
        SYS_getdents64, static_cast<std::uint64_t>(directory_fd),
        reinterpret_cast<std::uint64_t>(shared->scratch), kScratchBytes);
    if (got < 0) return false;
    if (got == 0) return true;
    for (std::int64_t at = 0; at < got;) {
      const Entry* entry = reinterpret_cast<const Entry*>(shared->scratch + at);
      at += entry->length;
      const int number = number_of(entry->name);
      if (number < 3) continue;
      if (set) {
        raw_syscall(SYS_fcntl, static_cast<std::uint64_t>(number), F_SETFD,
                    FD_CLOEXEC);
      }
      const std::int64_t flags =
          raw_syscall(SYS_fcntl, static_cast<std::uint64_t>(number), F_GETFD);
      if (flags >= 0 && (flags & FD_CLOEXEC) == 0) return false;
    }
  }
}

}  // namespace bulkhead::child
