// A child that is parked: what it holds, how it waits, and what it is handed.
// Runs behind the workload's own filter, hence no more than write, recvmsg and
// dup3.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <cerrno>
#include <cstring>

#include "runtime/base/syscall.h"
#include "runtime/child/child.h"

namespace bulkhead::child {
namespace {

bool close_between(std::int64_t first, std::int64_t last) {
  return first > last ||
         raw_syscall(SYS_close_range, static_cast<std::uint64_t>(first),
                     static_cast<std::uint64_t>(last), 0) == 0;
}

bool make_stream(int fd, int number) {
  return raw_syscall(SYS_dup3, static_cast<std::uint64_t>(fd),
                     static_cast<std::uint64_t>(number), 0) == number;
}

struct alignas(cmsghdr) Control {
  char bytes[CMSG_SPACE(kStreams * sizeof(int))];
};

/// Makes the descriptors in `control` those streams that `mask` names.
bool take(const Control& control, std::size_t length, unsigned mask) {
  int fds[kStreams] = {-1, -1, -1};
  unsigned count = 0;
  if (length >= CMSG_LEN(0)) {
    cmsghdr header;
    memcpy(&header, control.bytes, sizeof header);
    const std::size_t bytes = header.cmsg_len - CMSG_LEN(0);
    if (header.cmsg_level != SOL_SOCKET || header.cmsg_type != SCM_RIGHTS ||
        bytes > sizeof fds) {
      return false;
    }
    memcpy(fds, control.bytes + CMSG_LEN(0), bytes);
    count = static_cast<unsigned>(bytes / sizeof(int));
  }
  unsigned taken = 0;
  for (int number = 0; number < kStreams; ++number) {
    if ((mask >> number & 1) == 0) continue;
    // A descriptor below 3 would be overwritten by the next: there is none, the
    // streams being open.
    if (taken == count || fds[taken] < kStreams ||
        !make_stream(fds[taken], number)) {
      return false;
    }
    ++taken;
  }
  return taken == count;
}

/// What recvmsg is given and fills in.
struct Message {
  unsigned char word = 0;
  Control control;
  iovec part;
  msghdr header;
};

std::int64_t receive(std::uint64_t socket, Message* message, int flags) {
  memset(&message->header, 0, sizeof message->header);
  message->part = {&message->word, 1};
  message->header.msg_iov = &message->part;
  message->header.msg_iovlen = 1;
  message->header.msg_control = message->control.bytes;
  message->header.msg_controllen = sizeof message->control.bytes;
  return raw_syscall(SYS_recvmsg, socket,
                     reinterpret_cast<std::uint64_t>(&message->header),
                     static_cast<std::uint64_t>(flags | MSG_CMSG_CLOEXEC));
}

}  // namespace

bool close_others(const SharedState& shared) {
  constexpr std::int64_t kHighest = 0xffffffff;
  std::int64_t next = kStreams;
  for (std::int32_t i = 0; i < shared.keep_length; ++i) {
    if (!close_between(next, std::int64_t{shared.keep[i]} - 1)) return false;
    next = std::int64_t{shared.keep[i]} + 1;
  }
  return close_between(next, kHighest);
}

bool take_streams(const SharedState& shared) {
  for (int number = 0; number < kStreams; ++number) {
    const int fd = shared.streams[number];
    if (fd >= 0 && (fd < kStreams || !make_stream(fd, number))) return false;
  }
  return true;
}

bool park(int socket_fd) {
  const auto socket = static_cast<std::uint64_t>(socket_fd);
  Message message;
  // Tried before anybody counts on it: nothing to receive yet, and nothing to
  // duplicate. Any other answer is the filter's.
  if (receive(socket, &message, MSG_DONTWAIT) != -EAGAIN ||
      raw_syscall(SYS_dup3, socket, socket, 0) != -EINVAL ||
      raw_syscall(SYS_write, socket,
                  reinterpret_cast<std::uint64_t>(&message.word), 1) != 1) {
    return false;
  }
  std::int64_t got = -EINTR;
  while (got == -EINTR) got = receive(socket, &message, 0);
  // 0: the supervisor's end is closed.
  return got == 1 &&
         (message.header.msg_flags & (MSG_CTRUNC | MSG_TRUNC)) == 0 &&
         take(message.control, message.header.msg_controllen, message.word);
}

}  // namespace bulkhead::child
