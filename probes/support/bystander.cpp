#include "probes/support/bystander.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "probes/support/child.h"
#include "probes/support/net.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes {

namespace {

// Below the rootfs: the one directory that every subject is given.
constexpr const char* kSockets = "/fixtures/sockets/";

// Longer than any answer takes; a lost bystander must not hold a half up.
constexpr timeval kPatience{2, 0};

std::optional<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return std::nullopt;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

void be_patient(int peer) {
  setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  setsockopt(peer, SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
}

// Until the other side is done; nothing on an error or an empty message.
std::optional<std::string> read_all(int peer) {
  std::string text;
  std::array<char, 512> block{};
  while (true) {
    const ssize_t got = recv(peer, block.data(), block.size(), 0);
    if (got < 0) return std::nullopt;
    if (got == 0) return text;
    text.append(block.data(), static_cast<std::size_t>(got));
  }
}

// Sends `text`, and `lent` along with it.
void reply(int peer, std::string text, int lent) {
  if (lent >= 0 && text.empty()) text = "lent";
  iovec part{text.data(), text.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (lent >= 0) {
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &lent, sizeof lent);
  }
  static_cast<void>(sendmsg(peer, &message, MSG_NOSIGNAL));
}

// The descriptor that came with what the other side sent, or -1 (errno set).
int read_lent(int peer) {
  std::array<char, 512> block{};
  iovec part{block.data(), block.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  if (recvmsg(peer, &message, MSG_CMSG_CLOEXEC) < 0) return -1;
  const cmsghdr* const header = CMSG_FIRSTHDR(&message);
  if (header == nullptr || header->cmsg_type != SCM_RIGHTS ||
      header->cmsg_len != CMSG_LEN(sizeof(int))) {
    errno = ENODATA;
    return -1;
  }
  int lent = -1;
  std::memcpy(&lent, CMSG_DATA(header), sizeof lent);
  return lent;
}

void answer_one(int peer, const Reply& answer, int lent) {
  be_patient(peer);
  ucred caller{};
  socklen_t length = sizeof caller;
  const auto question = read_all(peer);
  if (!question ||
      getsockopt(peer, SOL_SOCKET, SO_PEERCRED, &caller, &length) != 0) {
    return;
  }
  reply(peer, answer ? answer(caller, *question) : "", lent);
}

[[noreturn]] void stand_by(int listener, const Reply& answer, int lent) {
  close_all_but(listener, lent < 0 ? listener : lent);
  while (true) {
    const int peer = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (peer < 0) continue;
    answer_one(peer, answer, lent);
    close(peer);
  }
}

}  // namespace

bool start_bystander(Outside& outside, const Reply& answer, int lent) {
  // The id of the probe, which no other has, is the directory's name.
  const std::string own = outside.directory();
  const std::string name = own.substr(own.rfind('/') + 1) + ".sock";
  const std::string path = outside.spec("rootfs") + kSockets + name;
  const auto address = address_of(path);
  if (!address || outside.spec("rootfs").empty()) return false;
  const int listener = listen_on(&*address, sizeof *address);
  if (listener < 0) return false;
  outside.tell("socket", name);
  // Everybody may connect, whatever the ids inside are outside.
  const bool open_to_all = chmod(path.c_str(), 0666) == 0;
  const pid_t child = open_to_all ? fork_bound() : -1;
  if (child == 0) stand_by(listener, answer, lent);
  close(listener);
  if (child > 0) outside.tell("bystander", std::to_string(child));
  return child > 0;
}

void stop_bystander(Outside& outside) {
  const auto pid = number(outside.told("bystander"));
  if (pid && *pid > 1) {
    kill(static_cast<pid_t>(*pid), SIGKILL);
    wait_for(static_cast<pid_t>(*pid));
    outside.tell("bystander", "");
  }
  if (outside.told("socket").empty()) return;
  const std::string path =
      outside.spec("rootfs") + kSockets + outside.told("socket");
  unlink(path.c_str());
}

int connect_to_bystander(const Inside& inside) {
  const auto address =
      address_of(inside.spec("root") + kSockets + inside.planted("socket"));
  if (!address) {
    errno = ENAMETOOLONG;
    return -1;
  }
  const int peer = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (peer < 0) return -1;
  be_patient(peer);
  if (connect(peer, reinterpret_cast<const sockaddr*>(&*address),
              sizeof *address) == 0) {
    return peer;
  }
  const int error = errno;
  close(peer);
  errno = error;
  return -1;
}

std::optional<std::string> ask_bystander(const Inside& inside,
                                         const std::string& question) {
  const int peer = connect_to_bystander(inside);
  if (peer < 0) return std::nullopt;
  std::optional<std::string> answer;
  if (::send(peer, question.data(), question.size(), MSG_NOSIGNAL) ==
          static_cast<ssize_t>(question.size()) &&
      shutdown(peer, SHUT_WR) == 0) {
    answer = read_all(peer);
  }
  const int error = errno;
  close(peer);
  errno = error;
  return answer;
}

int borrow_from_bystander(const Inside& inside) {
  const int peer = connect_to_bystander(inside);
  if (peer < 0) return -1;
  const int lent = shutdown(peer, SHUT_WR) == 0 ? read_lent(peer) : -1;
  const int error = errno;
  close(peer);
  errno = error;
  return lent;
}

std::string bound_directory(const Inside& inside) {
  return inside.spec(inside.spec("root").empty() ? "bind.destination"
                                                 : "bind.source");
}

Observation read_bound_file(const Inside& inside, const std::string& name) {
  const std::string path = bound_directory(inside) + "/" + name;
  const auto content = slurp(path, 64);
  if (!content) {
    // A subject that was given no spec binds nothing, and thus too little.
    return errno == ENOENT ? works("nothing is bound here")
                           : broken(path + ": " + errno_name(errno));
  }
  return content->starts_with(inside.nonce())
             ? works("read " + path)
             : broken(path + " is not what was bound");
}

}  // namespace bulkhead::probes
