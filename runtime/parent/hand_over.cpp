#include "runtime/parent/hand_over.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "runtime/base/rights.h"

namespace bulkhead {

std::uint64_t WordTables::add(const std::vector<std::string>& words) {
  constexpr std::size_t kPointer = sizeof(char*);
  std::size_t bytes = (words.size() + 1) * kPointer;
  for (const std::string& word : words) bytes += word.size() + 1;
  bytes = (bytes + kPointer - 1) / kPointer * kPointer;
  full_ = full_ || bytes > room_.size();
  if (full_) return 0;
  auto** entry = reinterpret_cast<char**>(room_.data());
  char* text = room_.data() + (words.size() + 1) * kPointer;
  for (const std::string& word : words) {
    *entry++ = text;
    std::memcpy(text, word.c_str(), word.size() + 1);
    text += word.size() + 1;
  }
  *entry = nullptr;
  const auto table = reinterpret_cast<std::uint64_t>(room_.data());
  room_ = room_.subspan(bytes);
  return table;
}

Status StreamCopies::make(const StartRequest& request, SharedState* shared) {
  for (std::size_t i = 0; i < kStreams; ++i) {
    if (request.streams[i] < 0) continue;
    copies_[i] = Fd(fcntl(request.streams[i], F_DUPFD_CLOEXEC, kStreams));
    if (!copies_[i]) {
      return fail("start: stream " + std::to_string(i) + ": descriptor " +
                      std::to_string(request.streams[i]),
                  errno,
                  "hand over an open descriptor, or -1 for the caller's");
    }
    shared->streams[i] = copies_[i].get();
  }
  return {};
}

Status send_streams(const Fd& socket, const StartRequest& request) {
  std::array<int, kStreams> fds{};
  std::size_t count = 0;
  unsigned char mask = 0;
  for (std::size_t i = 0; i < kStreams; ++i) {
    if (request.streams[i] < 0) continue;
    mask = static_cast<unsigned char>(mask | 1U << i);
    fds[count++] = request.streams[i];
  }
  iovec part = {&mask, 1};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  Rights<kStreams> rights;
  rights.attach(message, std::span(fds).first(count));
  while (sendmsg(socket.get(), &message, MSG_NOSIGNAL) != 1) {
    if (errno != EINTR) {
      return fail("start: handing the streams to the parked child", errno,
                  "each must be an open descriptor, or -1 for the caller's");
    }
  }
  return {};
}

Status check_arguments(const StartRequest& request, const Plan& plan) {
  const std::string& program = plan.spec.process.argv.front();
  if (request.arguments.empty() || request.arguments.front() == program) {
    return {};
  }
  return fail(
      "start: the plan runs " + program + ", not " + request.arguments.front(),
      0, "make a plan for each program", ErrorKind::kUsage);
}

}  // namespace bulkhead
