#include "verify/process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>

namespace bulkhead::verify {

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return fail("pipe", errno);
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

namespace {

using Clock = std::chrono::steady_clock;

/// The child's side: async-signal-safe calls only.
[[noreturn]] void become(char* const* argv, const Command& command, int in,
                         int out, int err, int failure) {
  setpgid(0, 0);
  const bool stdio = dup2(in, STDIN_FILENO) >= 0 &&
                     dup2(out, STDOUT_FILENO) >= 0 &&
                     dup2(err, STDERR_FILENO) >= 0;
  bool kept = stdio;
  for (const int fd : command.inherited) {
    kept = kept && fcntl(fd, F_SETFD, 0) == 0;
  }
  // A shell started with SIGPIPE ignored would hand that on.
  std::signal(SIGPIPE, SIG_DFL);
  if (kept && command.companion != nullptr) {
    kept = command.companion->before_exec();
  }
  if (kept) execvp(argv[0], argv);
  const int error = errno;
  if (write(failure, &error, sizeof error) != sizeof error) _exit(126);
  _exit(127);
}

/// Appends what `fd` has to `text` up to `limit`; false at the end.
bool drain(int fd, std::string& text, std::size_t limit, bool& cut) {
  std::array<char, 16384> buffer;
  while (true) {
    const ssize_t got = read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno == EAGAIN;
    if (got == 0) return false;
    const std::size_t room = limit - text.size();
    const auto take = std::min(room, static_cast<std::size_t>(got));
    text.append(buffer.data(), take);
    if (take < static_cast<std::size_t>(got)) cut = true;
  }
}

int milliseconds_until(Clock::time_point when) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      when - Clock::now());
  return left.count() > 0 ? static_cast<int>(left.count()) + 1 : 0;
}

/// Lets a program go on that waits for its input, when it is time to.
void release(const Command& command, const std::string& said, Fd& in) {
  if (!in || !command.release || !command.release(said)) return;
  // It may have closed its end.
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  static_cast<void>(!write(in.get(), "g", 1));
  std::signal(SIGPIPE, before);
  in.reset();
}

int companion_fd(const Command& command) {
  return command.companion == nullptr ? -1 : command.companion->fd();
}

void serve(const Command& command) {
  if (command.companion != nullptr) command.companion->serve();
}

/// When nobody waits any longer.
Clock::time_point end_of_patience(const Command& command,
                                  Clock::time_point otherwise) {
  if (command.companion == nullptr) return otherwise;
  return std::min(otherwise, command.companion->deadline().value_or(otherwise));
}

/// The errno with which the program could not be executed, or nothing at all,
/// once it was.
ssize_t read_failure(const Command& command, int failure, int& error) {
  std::array<pollfd, 2> polled{pollfd{failure, POLLIN, 0},
                               pollfd{companion_fd(command), POLLIN, 0}};
  while (true) {
    if (poll(polled.data(), polled.size(), -1) < 0) {
      if (errno == EINTR) continue;
      return -1;
    }
    if ((polled[1].revents & POLLIN) != 0) serve(command);
    if (polled[0].revents == 0) continue;
    const ssize_t got = read(failure, &error, sizeof error);
    if (got >= 0 || errno != EINTR) return got;
  }
}

/// Reads both pipes until the process is gone or a deadline passes.
void listen(const Command& command, int pid, int pidfd, int out, int err,
            Fd& in, Ended& ended) {
  const auto start = Clock::now();
  const auto total = start + std::chrono::milliseconds(command.total_ms);
  auto idle = start + std::chrono::milliseconds(command.idle_ms);
  bool err_cut = false;
  std::array<pollfd, 4> polled{pollfd{pidfd, POLLIN, 0}, pollfd{out, POLLIN, 0},
                               pollfd{err, POLLIN, 0},
                               pollfd{companion_fd(command), POLLIN, 0}};
  while (true) {
    const auto end = end_of_patience(command, std::min(idle, total));
    const int ready =
        poll(polled.data(), polled.size(), milliseconds_until(end));
    if (ready < 0 && errno == EINTR) continue;
    if ((polled[3].revents & POLLIN) != 0) serve(command);
    // Nobody is left to be served.
    if ((polled[3].revents & (POLLHUP | POLLERR)) != 0) polled[3].fd = -1;
    const bool late = polled[0].revents == 0 && Clock::now() >= end;
    if (late || ended.cut) {
      ended.timed_out = !ended.cut;
      kill(-pid, SIGKILL);
      syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, nullptr, 0);
      pollfd gone{pidfd, POLLIN, 0};
      while (poll(&gone, 1, -1) < 0 && errno == EINTR) {
      }
      polled[0].revents = POLLIN;
    } else {
      idle = Clock::now() + std::chrono::milliseconds(command.idle_ms);
    }
    const bool over = polled[0].revents != 0;
    if (polled[1].fd >= 0 && (over || polled[1].revents != 0) &&
        !drain(out, ended.out, kMaxOutputBytes, ended.cut)) {
      polled[1].fd = -1;
    }
    release(command, ended.out, in);
    if (polled[2].fd >= 0 && (over || polled[2].revents != 0) &&
        !drain(err, ended.err, kMaxErrorBytes, err_cut)) {
      polled[2].fd = -1;
    }
    if (over) return;
  }
}

}  // namespace

std::string Ended::how() const {
  if (timed_out) return "did not end in time and was killed";
  if (cut) return "said too much and was killed";
  if (signal != 0) return "was killed by signal " + std::to_string(signal);
  return "exited with " + std::to_string(code);
}

Result<Ended> run_command(const Command& command) {
  auto in = make_pipe();
  auto out = make_pipe();
  auto err = make_pipe();
  auto failure = make_pipe();
  if (!in || !out || !err || !failure) return fail("pipe", errno);
  if (!command.stdin_path.empty()) {
    in->read = Fd(open(command.stdin_path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!in->read) return fail("open " + command.stdin_path, errno);
  }
  std::vector<char*> argv;
  for (const std::string& word : command.argv) {
    argv.push_back(const_cast<char*>(word.c_str()));
  }
  argv.push_back(nullptr);
  const pid_t pid = fork();
  if (pid < 0) return fail("fork", errno);
  if (pid == 0) {
    become(argv.data(), command, in->read.get(), out->write.get(),
           err->write.get(), failure->write.get());
  }
  setpgid(pid, pid);
  const Fd pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (!pidfd) {
    const int error = errno;
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
    return fail("pidfd_open", error);
  }
  in->read.reset();
  if (!command.release) in->write.reset();
  out->write.reset();
  err->write.reset();
  failure->write.reset();
  if (command.companion != nullptr) {
    if (auto joined = command.companion->join(pidfd.get()); !joined) {
      kill(pid, SIGKILL);
      waitpid(pid, nullptr, 0);
      return tl::unexpected(joined.error());
    }
  }
  int error = 0;
  const ssize_t got = read_failure(command, failure->read.get(), error);
  Ended ended;
  if (got == 0) {
    fcntl(out->read.get(), F_SETFL, O_NONBLOCK);
    fcntl(err->read.get(), F_SETFL, O_NONBLOCK);
    listen(command, pid, pidfd.get(), out->read.get(), err->read.get(),
           in->write, ended);
  }
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (got != 0) {
    return fail(
        "exec " + command.argv.front(), error, {},
        error == ENOENT ? ErrorKind::kNotFound : ErrorKind::kNotExecutable);
  }
  if (WIFEXITED(status)) ended.code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) ended.signal = WTERMSIG(status);
  return ended;
}

}  // namespace bulkhead::verify
