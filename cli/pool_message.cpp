#include "cli/pool_message.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>
#include <cstring>

#include "runtime/base/rights.h"

namespace bulkhead::cli {
namespace {

/// With room for one more than is asked for, which three take anyway where a
/// header is aligned to 8 bytes: one too many is counted, not cut off.
using Streams = Rights<kStreams + 1>;

/// Takes what came beside a packet; false: more than there is room for.
bool take_descriptors(msghdr& message, std::vector<Fd>& fds) {
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
       header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) {
      continue;
    }
    const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int number = -1;
      memcpy(&number, CMSG_DATA(header) + i * sizeof number, sizeof number);
      fds.emplace_back(number);
    }
  }
  return (message.msg_flags & MSG_CTRUNC) == 0 && fds.size() <= kStreams;
}

}  // namespace

Status send_packet(int socket, std::string_view text, std::span<const int> fds,
                   bool at_once) {
  iovec part = {const_cast<char*>(text.data()), text.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  Streams streams;
  streams.attach(message, fds);
  const int flags = MSG_NOSIGNAL | (at_once ? MSG_DONTWAIT : 0);
  while (sendmsg(socket, &message, flags) < 0) {
    if (errno != EINTR) return fail("pool: sendmsg", errno);
  }
  return {};
}

Result<std::optional<Packet>> receive_packet(int socket, std::span<char> room) {
  Packet packet;
  iovec part = {room.data(), room.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  Streams streams;
  streams.receive(message);
  ssize_t length = 0;
  while ((length = recvmsg(socket, &message, MSG_CMSG_CLOEXEC)) < 0) {
    if (errno == ECONNRESET) return std::nullopt;
    if (errno != EINTR) return fail("pool: recvmsg", errno);
  }
  const bool fit = take_descriptors(message, packet.fds);
  if (!fit || (message.msg_flags & MSG_TRUNC) != 0) {
    return fail("pool: a packet of more than " + std::to_string(room.size()) +
                " bytes or " + std::to_string(kStreams) + " descriptors");
  }
  if (length == 0) return std::nullopt;
  packet.text.assign(room.data(), static_cast<std::size_t>(length));
  return packet;
}

std::string ask_packet(const std::vector<std::string>& arguments) {
  std::string text(kAsk);
  for (const std::string& argument : arguments) {
    text += argument;
    text += '\0';
  }
  return text;
}

Result<std::vector<std::string>> read_ask(const Packet& packet) {
  std::string_view text = packet.text;
  if (!text.starts_with(kAsk)) {
    return fail("pool: what was asked is of another version than this pool", 0,
                "use the bulkhead that serves it");
  }
  text.remove_prefix(kAsk.size());
  if (packet.fds.size() != kStreams) {
    return fail("pool: asked without standard input, output and error");
  }
  if (!text.empty() && text.back() != '\0') {
    return fail("pool: the last argument is cut short");
  }
  std::vector<std::string> arguments;
  while (!text.empty()) {
    const std::size_t end = text.find('\0');
    arguments.emplace_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  return arguments;
}

std::string signal_packet(int number) {
  return {kSignal, static_cast<char>(number)};
}

int read_signal(const Packet& packet) {
  if (packet.text.size() != 2 || packet.text[0] != kSignal) return 0;
  return packet.text[1];
}

std::string ended_packet(const Exit& exit) {
  return {kEnded, static_cast<char>(exit.code())};
}

std::string refused_packet(int status, std::string_view text) {
  std::string packet = {kRefused, static_cast<char>(status)};
  packet += text.substr(0, kMostAnswerBytes - packet.size());
  return packet;
}

Result<PoolAnswer> read_answer(const Packet& packet) {
  const std::string& text = packet.text;
  if (text.size() == 2 && text[0] == kEnded) {
    return PoolAnswer{.status = static_cast<unsigned char>(text[1]),
                      .text = {}};
  }
  if (text.size() > 2 && text[0] == kRefused) {
    return PoolAnswer{.status = static_cast<unsigned char>(text[1]),
                      .text = text.substr(2)};
  }
  return fail("pool: an answer of another version than this program", 0,
              "use the bulkhead that serves it");
}

}  // namespace bulkhead::cli
