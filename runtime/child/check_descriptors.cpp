// Read-back of the descriptor table through an open /proc/self/fd.
#include <fcntl.h>
#include <sys/stat.h>
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

/// How many are open, the standard ones included: proc_pid_fd(5) is as large as
/// that since 6.2 (f1f1f2569901). 0: it does not say.
std::int64_t count_open(std::uint64_t proc, std::uint64_t name) {
  struct stat status {};
  const std::int64_t result = raw_syscall(
      SYS_newfstatat, proc, name, reinterpret_cast<std::uint64_t>(&status), 0);
  return result == 0 ? status.st_size : 0;
}

enum class Look : std::uint8_t { kAll, kOneStays, kNotAll };

/// Asks the numbers from 0 on, the lowest being given out first, until `count`
/// open ones were found.
Look look_at(std::int64_t count, SharedState* shared) {
  // As many questions as one look at a small /proc/self/fd takes.
  constexpr int kMostQuestions = 1024;
  std::int64_t found = 0;
  for (int number = 0; number < kMostQuestions && found < count; ++number) {
    const std::int64_t flags =
        raw_syscall(SYS_fcntl, static_cast<std::uint64_t>(number), F_GETFD);
    if (flags < 0) continue;
    ++found;
    if (number < kStreams || (flags & FD_CLOEXEC) != 0) continue;
    stays_open(number, shared);
    return Look::kOneStays;
  }
  return count > 0 && found == count ? Look::kAll : Look::kNotAll;
}

}  // namespace

bool set_close_on_exec(int directory_fd, SharedState* shared) {
  return walk(directory_fd, true, shared);
}

std::int64_t close_above(const Call& call, SharedState* shared) {
  std::int64_t highest = shared->highest;
  for (auto slot = static_cast<std::int64_t>(call.args[0].value);
       slot < call.expected; ++slot) {
    if (shared->slots[slot] > highest) highest = shared->slots[slot];
  }
  return raw_syscall(SYS_close_range, static_cast<std::uint64_t>(highest + 1),
                     ~0U);
}

bool descriptors_close_on_exec(const Call& call, SharedState* shared) {
  const std::uint64_t proc = resolve(call.args[0], shared);
  const std::uint64_t name = resolve(call.args[1], shared);
  const Look look = look_at(count_open(proc, name), shared);
  if (look != Look::kNotAll) return look == Look::kAll;
  const std::int64_t directory =
      raw_syscall(SYS_openat, proc, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return false;
  const bool all = walk(static_cast<int>(directory), false, shared);
  raw_syscall(SYS_close, static_cast<std::uint64_t>(directory));
  return all;
}

}  // namespace bulkhead::child
