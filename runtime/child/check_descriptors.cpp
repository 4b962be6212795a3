// Read-back of the descriptor table through an open /proc/self/fd.
#include <fcntl.h>
#include <sys/syscall.h>

#include <cstring>

#include "runtime/base/syscall.h"
#include "runtime/child/child.h"

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

/// Leaves which one it is in scratch, for the parent's message.
bool stays_open(int number, SharedState* shared) {
  constexpr char kText[] = "descriptor ";
  memcpy(shared->scratch, kText, sizeof kText);
  char* at = shared->scratch + sizeof kText - 1;
  int unit = 1;
  while (number / unit >= 10) unit *= 10;
  for (; unit > 0; unit /= 10) {
    *at++ = static_cast<char>('0' + number / unit % 10);
  }
  *at = '\0';
  return false;
}

bool closes_on_exec(int number) {
  const std::int64_t flags =
      raw_syscall(SYS_fcntl, static_cast<std::uint64_t>(number), F_GETFD);
  return flags < 0 || (flags & FD_CLOEXEC) != 0;
}

bool walk(int directory_fd, bool set, SharedState* shared) {
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
      if (!closes_on_exec(number)) return stays_open(number, shared);
    }
  }
}

/// FDSize of the status in scratch: no descriptor has that number or a higher
/// one. -1: it does not say.
int table_size(const SharedState* shared) {
  constexpr char kKey[] = "\nFDSize:\t";
  constexpr std::size_t kLength = sizeof kKey - 1;
  for (const char* at = shared->scratch; *at != '\0'; ++at) {
    std::size_t same = 0;
    while (same < kLength && at[same] == kKey[same]) ++same;
    if (same < kLength) continue;
    int size = 0;
    for (at += kLength; *at >= '0' && *at <= '9' && size < 1 << 24; ++at) {
      size = size * 10 + (*at - '0');
    }
    return *at == '\n' ? size : -1;
  }
  return -1;
}

}  // namespace

bool set_close_on_exec(int directory_fd, SharedState* shared) {
  return walk(directory_fd, true, shared);
}

bool descriptors_close_on_exec(const Call& call, SharedState* shared) {
  // As many questions as one look at a small /proc/self/fd takes.
  constexpr int kFewDescriptors = 1024;
  const std::uint64_t proc = resolve(call.args[0], shared);
  if (read_into_scratch(static_cast<std::int64_t>(proc),
                        resolve(call.args[1], shared), shared) < 0) {
    return false;
  }
  const int size = table_size(shared);
  if (size > 0 && size <= kFewDescriptors) {
    for (int number = 3; number < size; ++number) {
      if (!closes_on_exec(number)) return stays_open(number, shared);
    }
    return true;
  }
  const std::int64_t directory =
      raw_syscall(SYS_openat, proc, resolve(call.args[2], shared),
                  O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return false;
  const bool all = walk(static_cast<int>(directory), false, shared);
  raw_syscall(SYS_close, static_cast<std::uint64_t>(directory));
  return all;
}

}  // namespace bulkhead::child
