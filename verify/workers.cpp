#include "verify/workers.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <new>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "runtime/base/fd.h"
#include "verify/blocked_signals.h"
#include "verify/say.h"

namespace bulkhead::verify {
namespace {

using nlohmann::json;

/// The number of the next job, shared by the workers.
class Ticket {
 public:
  Ticket() {
    void* page =
        mmap(nullptr, sizeof(std::atomic<std::size_t>), PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page != MAP_FAILED) next_ = new (page) std::atomic<std::size_t>(0);
  }
  Ticket(const Ticket&) = delete;
  Ticket& operator=(const Ticket&) = delete;
  ~Ticket() {
    if (next_ != nullptr) munmap(next_, sizeof *next_);
  }
  explicit operator bool() const { return next_ != nullptr; }
  std::size_t draw() { return next_->fetch_add(1); }
  /// No job begins any more.
  void close() { next_->store(std::numeric_limits<std::size_t>::max() / 2); }

 private:
  std::atomic<std::size_t>* next_ = nullptr;
};

struct Worker {
  pid_t pid = -1;
  Fd out;
  std::string rest;
};

/// A caller that listens no more is no reason to die on the spot.
bool tell(int out, const json& line) {
  sigset_t pipe;
  sigset_t before;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  sigprocmask(SIG_BLOCK, &pipe, &before);
  if (!say_line(out, line)) return false;
  sigprocmask(SIG_SETMASK, &before, nullptr);
  return true;
}

/// The signals that end a program stay blocked: a box at work sees them and is
/// taken apart, and outside of one the record of its boxes is to be removed.
[[noreturn]] void be_worker(std::size_t count, const JobWork& work,
                            Ticket& ticket, int out) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  for (std::size_t index = ticket.draw(); index < count;
       index = ticket.draw()) {
    const Result<json> answer = work(index);
    const json line = answer ? json{{"index", index}, {"answer", *answer}}
                             : json{{"error", answer.error().message()}};
    if (!tell(out, line) || !answer) std::exit(1);
  }
  // Not _exit(2): the record of its boxes is removed at the end.
  std::exit(0);
}

class WorkerPool {
 public:
  explicit WorkerPool(const JobDone& done) : done_(done) {}

  Status start(std::size_t count, std::size_t workers, const JobWork& work,
               Ticket& ticket) {
    std::fflush(nullptr);
    for (std::size_t i = 0; i < std::min(count, workers); ++i) {
      std::array<int, 2> ends{};
      if (pipe2(ends.data(), O_CLOEXEC) != 0) return fail("workers", errno);
      Worker worker{.pid = -1, .out = Fd(ends[0]), .rest = {}};
      const Fd write_end(ends[1]);
      worker.pid = fork();
      if (worker.pid < 0) return fail("workers: fork", errno);
      if (worker.pid == 0) {
        be_worker(count, work, ticket, write_end.get());
      }
      workers_.push_back(std::move(worker));
    }
    return {};
  }

  /// Until all have ended, one has failed, or a signal came (true).
  bool listen(int signals) {
    while (trouble_.empty()) {
      std::vector<pollfd> polled = {{signals, POLLIN, 0}};
      for (const Worker& worker : workers_) {
        polled.push_back({worker.out ? worker.out.get() : -1, POLLIN, 0});
      }
      if (std::ranges::all_of(workers_,
                              [](const Worker& one) { return !one.out; })) {
        return false;
      }
      if (poll(polled.data(), polled.size(), -1) < 0) continue;
      if (polled[0].revents != 0) return true;
      for (std::size_t i = 0; i < workers_.size(); ++i) {
        if (polled[i + 1].revents != 0) take_from(workers_[i]);
      }
    }
    // A worker that was interrupted with its caller may have been the faster.
    pollfd polled{signals, POLLIN, 0};
    return poll(&polled, 1, 0) > 0;
  }

  /// Asks those that still work to stop, and waits for all.
  void end() {
    for (Worker& worker : workers_) {
      worker.out.reset();  // One may be about to say much.
      kill(worker.pid, SIGTERM);
    }
    for (const Worker& worker : workers_) {
      while (waitpid(worker.pid, nullptr, 0) < 0 && errno == EINTR) {
      }
    }
  }
  [[nodiscard]] const std::string& trouble() const { return trouble_; }
  [[nodiscard]] std::size_t answers() const { return answers_; }

 private:
  void take_from(Worker& worker) {
    std::array<char, 65536> buffer;
    const ssize_t got = read(worker.out.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) return;
    if (got <= 0) {
      worker.out.reset();
      return;
    }
    worker.rest.append(buffer.data(), static_cast<std::size_t>(got));
    std::size_t newline = 0;
    while ((newline = worker.rest.find('\n')) != std::string::npos) {
      take(json::parse(worker.rest.substr(0, newline), nullptr, false));
      worker.rest.erase(0, newline + 1);
    }
  }

  void take(const json& line) {
    if (line.is_object() && line.contains("answer")) {
      ++answers_;
      done_(line["index"].get<std::size_t>(), line["answer"]);
    } else {
      trouble_ = line.is_object() ? line.value("error", "no answer")
                                  : "a worker's answer is no JSON";
    }
  }

  const JobDone& done_;
  std::vector<Worker> workers_;
  std::string trouble_;
  std::size_t answers_ = 0;
};

}  // namespace

std::size_t processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  // More processors than a cpu_set_t has: certainly more than one.
  if (sched_getaffinity(0, sizeof set, &set) != 0) return CPU_SETSIZE;
  return static_cast<std::size_t>(CPU_COUNT(&set));
}

Status do_jobs(std::size_t count, std::size_t workers, const JobWork& work,
               const JobDone& done, bool& interrupted) {
  const BlockedSignals signals;
  Ticket ticket;
  if (!ticket) return fail("workers: mmap", errno);
  WorkerPool pool(done);
  Status started = pool.start(count, workers, work, ticket);
  if (started) interrupted = pool.listen(signals.fd());
  ticket.close();
  pool.end();
  if (!started) return started;
  if (interrupted) return fail("interrupted");
  if (!pool.trouble().empty()) return fail(pool.trouble());
  if (pool.answers() != count) {
    return fail("workers: " + std::to_string(count - pool.answers()) +
                " jobs gave no answer");
  }
  return {};
}

}  // namespace bulkhead::verify
