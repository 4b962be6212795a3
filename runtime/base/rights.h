// Descriptors that go along with a message (unix(7), SCM_RIGHTS). Without libc,
// so that a program that has not set it up yet can use it.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <span>

namespace bulkhead {

/// Room for up to `Most` descriptors beside one message.
template <std::size_t Most>
class Rights {
 public:
  /// Has sendmsg(2) pass copies of `fds` on, at most `Most`; none at all is a
  /// message without any. What is here must outlive the call.
  void attach(msghdr& message, std::span<const int> fds) {
    if (fds.empty() || fds.size() > Most) return;
    message.msg_control = room_;
    message.msg_controllen = CMSG_SPACE(fds.size_bytes());
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(fds.size_bytes());
    auto* to = reinterpret_cast<int*>(CMSG_DATA(header));
    for (std::size_t i = 0; i < fds.size(); ++i) to[i] = fds[i];
  }

  /// Has recvmsg(2) put what comes along here.
  void receive(msghdr& message) {
    message.msg_control = room_;
    message.msg_controllen = sizeof room_;
  }

 private:
  alignas(cmsghdr) char room_[CMSG_SPACE(Most * sizeof(int))] = {};
};

}  // namespace bulkhead
