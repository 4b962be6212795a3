#include "cli/pool_client.h"

#include <poll.h>

#include <array>
#include <cerrno>
#include <cstdio>

#include "cli/early.h"
#include "cli/forwarding.h"
#include "cli/pool_message.h"
#include "cli/pool_socket.h"
#include "cli/verbs.h"

namespace bulkhead::cli {
namespace {

/// The connection by which a container was asked for.
Result<Fd> ask(const PoolRun& asked) {
  if (early_pool_socket >= 0) return Fd(early_pool_socket);
  const std::string packet = ask_packet(asked.arguments);
  if (packet.size() > kMostAskBytes) {
    return fail("run --pool: the arguments take " +
                    std::to_string(packet.size()) + " bytes",
                0, "at most " + std::to_string(kMostAskBytes) + " go to a pool",
                ErrorKind::kUsage);
  }
  Result<Fd> socket = connect_to_pool(asked.socket);
  if (!socket) return socket;
  if (Status sent = send_packet(socket->get(), packet, kPassed); !sent) {
    return tl::unexpected(sent.error());
  }
  return socket;
}

/// The pool's answer.
Result<PoolAnswer> answer_of(const PoolRun& asked, const Fd& socket,
                             const SignalForwarding& signals) {
  std::array<char, kMostAnswerBytes> room;
  for (;;) {
    pollfd polls[] = {{socket.get(), POLLIN, 0}, {signals.fd(), POLLIN, 0}};
    if (poll(polls, 2, -1) < 0 && errno != EINTR) {
      return fail("run --pool: poll", errno);
    }
    if (polls[0].revents != 0) {
      const auto packet = receive_packet(socket.get(), room);
      if (!packet) return tl::unexpected(packet.error());
      if (*packet) return read_answer(**packet);
      return fail("run --pool: the pool at " + asked.socket +
                      " has ended, and with it the workload",
                  0, "start it again: bulkhead pool --listen " + asked.socket);
    }
    while (const int number = signals.next()) {
      // A pool that has ended says so above.
      static_cast<void>(send_packet(socket.get(), signal_packet(number)));
    }
  }
}

}  // namespace

bool read_pool_run(std::span<const std::string_view> words, PoolRun& asked) {
  if (words.size() < 2 || words[0] != "--pool") return false;
  if (words.size() > 2 && words[2] != "--") return false;
  asked.socket = words[1];
  for (std::size_t i = 3; i < words.size(); ++i) {
    asked.arguments.emplace_back(words[i]);
  }
  return true;
}

int run_in_pool(const PoolRun& asked) {
  const SignalForwarding signals;
  const Result<Fd> socket = ask(asked);
  if (!socket) return report(socket.error());
  const Result<PoolAnswer> answer = answer_of(asked, *socket, signals);
  if (!answer) return report(answer.error());
  if (!answer->text.empty()) fprintf(stderr, "%s\n", answer->text.c_str());
  return answer->status;
}

}  // namespace bulkhead::cli
