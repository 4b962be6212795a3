#include "cli/pool_server.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <list>
#include <vector>

#include "cli/forwarding.h"
#include "cli/pool_message.h"
#include "cli/pool_socket.h"
#include "cli/verbs.h"
#include "runtime/host/host.h"
#include "runtime/launcher/launcher.h"
#include "runtime/parent/own_program.h"
#include "runtime/plan/compile.h"

namespace bulkhead::cli {
namespace {

/// What ends the pool, but for what its caller ignores (nohup, a job of a
/// shell). Blocked before any thread is made, so in all of them.
Fd end_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction before {};
    sigaction(number, nullptr, &before);
    if (before.sa_handler != SIG_IGN) sigaddset(&set, number);
  }
  sigprocmask(SIG_BLOCK, &set, nullptr);
  return Fd(signalfd(-1, &set, SFD_CLOEXEC));
}

/// One client, and its container once it asked for one.
class Visit {
 public:
  explicit Visit(Fd socket) : socket_(std::move(socket)) {}

  [[nodiscard]] int socket() const { return socket_.get(); }
  /// -1: there is no container.
  [[nodiscard]] int pidfd() const {
    return container_ ? container_->pidfd() : -1;
  }
  [[nodiscard]] bool over() const { return over_; }

  /// The client has said something or gone; its container goes with it.
  void listen(Launcher& launcher, ProgramId program, std::span<char> room) {
    const auto packet = receive_packet(socket(), room);
    if (!packet) return refuse(packet.error());
    if (!*packet) {
      over_ = true;
    } else if (container_) {
      hand_on(**packet);
    } else {
      start(launcher, program, **packet);
    }
  }

  /// Its container has ended.
  void tell_end() {
    if (const Result<Exit> exit = container_->ended(); exit) {
      answer(ended_packet(*exit));
    } else {
      refuse(exit.error());
    }
    container_.reset();  // Once the client knows: it takes as long as a start.
  }

 private:
  void start(Launcher& launcher, ProgramId program, const Packet& packet) {
    if (const Status peer = check_peer(socket()); !peer) {
      return refuse(peer.error());
    }
    Result<std::vector<std::string>> arguments = read_ask(packet);
    if (!arguments) return refuse(arguments.error());
    if (!arguments->empty()) {
      const auto& own = launcher.plan(program).spec.process.argv;
      arguments->insert(arguments->begin(), own.front());
    }
    Result<Launched> launched = launcher.start(
        program, {.arguments = std::move(*arguments),
                  .environment = std::nullopt,
                  .streams = {packet.fds[0].get(), packet.fds[1].get(),
                              packet.fds[2].get()}});
    if (!launched) return refuse(launched.error());
    container_.emplace(std::move(launched->container));
  }

  void hand_on(const Packet& packet) {
    const int number = read_signal(packet);
    if (!is_forwarded(number)) {
      return refuse({.what = "pool: neither a signal that is handed on nor "
                             "anything else that a client says"});
    }
    if (const Status done = delivery_.deliver(*container_, number); !done) {
      refuse(done.error());
    }
  }

  void refuse(const Error& error) {
    answer(refused_packet(status_of(error), said_of(error)));
  }

  /// The last word. A client that does not read it is gone, or as good as.
  void answer(const std::string& packet) {
    static_cast<void>(send_packet(socket(), packet, {}, true));
    over_ = true;
  }

  Fd socket_;
  std::optional<Container> container_;
  Delivery delivery_;
  bool over_ = false;
};

class Pool {
 public:
  Pool(Launcher launcher, ProgramId program, PoolSocket socket,
       std::size_t most)
      : launcher_(std::move(launcher)),
        program_(program),
        socket_(std::move(socket)),
        most_(most) {}

  /// Until `end` is readable.
  Status serve(const Fd& end) {
    for (;;) {
      std::vector<pollfd> polls = {
          {end.get(), POLLIN, 0},
          {visits_.size() < most_ && !full_ ? socket_.fd() : -1, POLLIN, 0}};
      for (const Visit& visit : visits_) {
        polls.push_back({visit.socket(), POLLIN, 0});
        polls.push_back({visit.pidfd(), POLLIN, 0});
      }
      if (poll(polls.data(), polls.size(), -1) < 0) {
        if (errno == EINTR) continue;
        return fail("pool: poll", errno);
      }
      if (polls[0].revents != 0) return {};
      attend(std::span(polls).subspan(2));
      if (polls[1].revents != 0) {
        if (Status admitted = admit(); !admitted) return admitted;
      }
    }
  }

  /// Ends what runs, and takes everything apart.
  Status close() {
    visits_.clear();
    return launcher_.drain();
  }

 private:
  /// `polls`: two for each visit, in their order.
  void attend(std::span<const pollfd> polls) {
    std::size_t at = 0;
    for (auto visit = visits_.begin(); visit != visits_.end(); at += 2) {
      if (polls[at + 1].revents != 0) visit->tell_end();
      if (!visit->over() && polls[at].revents != 0) {
        visit->listen(launcher_, program_, room_);
      }
      if (!visit->over()) {
        ++visit;
        continue;
      }
      visit = visits_.erase(visit);
      full_ = false;
    }
  }

  Status admit() {
    Result<Fd> client = socket_.accept();
    if (client) {
      if (*client) visits_.emplace_back(std::move(*client));
      return {};
    }
    // Others wait until one that is served has ended.
    full_ = !visits_.empty();
    return full_ ? Status() : Status(tl::unexpected(client.error()));
  }

  Launcher launcher_;
  ProgramId program_;
  PoolSocket socket_;
  std::size_t most_;
  bool full_ = false;  ///< No descriptor is left for one more.
  std::list<Visit> visits_;
  std::vector<char> room_ = std::vector<char>(kMostAskBytes);
};

Result<Spec> pool_spec(const Request& request, const Host& host) {
  Result<Spec> spec = spec_of(request);
  if (!spec) return spec;
  *spec = effective(std::move(*spec), host);
  if (Status alone = protect_own_program(*spec); !alone) {
    return tl::unexpected(alone.error());
  }
  return spec;
}

Result<Pool> open_pool(const PoolRequest& asked) {
  const Result<Host> host = probe_host();
  if (!host) return tl::unexpected(host.error());
  Result<Spec> spec = pool_spec(asked.request, *host);
  if (!spec) return tl::unexpected(spec.error());
  Result<PoolSocket> socket = PoolSocket::listen_at(asked.socket);
  if (!socket) return tl::unexpected(socket.error());
  Result<Launcher> launcher = Launcher::make();
  if (!launcher) return tl::unexpected(launcher.error());
  const Result<ProgramId> program = launcher->add(
      std::move(*spec), {.size = asked.size,
                         .depth = ParkAt::kExec,
                         .batch = std::max<std::size_t>(1, asked.size / 2)});
  if (!program) return tl::unexpected(program.error());
  if (Status ready = launcher->wait_ready(*program); !ready) {
    return tl::unexpected(ready.error());
  }
  report_degradations(launcher->plan(*program));
  printf("%zu wait at %s\n", asked.size, asked.socket.c_str());
  // Whoever waits for this line would wait for ever.
  if (fflush(stdout) != 0) return fail("pool: write to stdout", errno);
  return Pool(std::move(*launcher), *program, std::move(*socket), asked.most);
}

}  // namespace

int serve_pool(const PoolRequest& asked) {
  const Fd end = end_signals();
  Result<Pool> pool = open_pool(asked);
  if (!pool) return report(pool.error());
  const Status served = pool->serve(end);
  const Status closed = pool->close();
  if (!served) return report(served.error());
  if (!closed) return report(closed.error());
  return 0;
}

}  // namespace bulkhead::cli
