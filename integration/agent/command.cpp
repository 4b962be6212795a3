#include "integration/agent/command.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace bulkhead::agent {
namespace {

constexpr std::size_t kFixedFields = 4;

struct Pipe {
  int read_end = -1;
  int write_end = -1;
  Pipe() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) power_off("no pipe");
    read_end = ends[0];
    write_end = ends[1];
  }
};

void close_once(int& fd) {
  if (fd >= 0) close(fd);
  fd = -1;
}

std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> result;
  result.reserve(words.size() + 1);
  for (const std::string& word : words) {
    result.push_back(const_cast<char*>(word.c_str()));
  }
  result.push_back(nullptr);
  return result;
}

/// The child's side: ends in the command, or returns the step that failed.
const char* become(const Command& command, int in, int out, int err) {
  setsid();
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0) return "dup2";
  if (chdir(command.cwd.c_str()) != 0) return "chdir";
  if (command.gid || command.uid) {
    if (setgroups(0, nullptr) != 0) return "setgroups";
  }
  if (command.gid && setresgid(*command.gid, *command.gid, *command.gid) != 0) {
    return "setresgid";
  }
  if (command.uid && setresuid(*command.uid, *command.uid, *command.uid) != 0) {
    return "setresuid";
  }
  const std::vector<char*> argv = pointers(command.argv);
  const std::vector<char*> env = pointers(command.env);
  environ = const_cast<char**>(env.data());
  execvp(argv[0], argv.data());
  return "exec";
}

/// One command that runs, seen from the agent.
class Running {
 public:
  Running(Port& port, const Command& command) : port_(port) {
    Pipe in;
    Pipe out;
    Pipe err;
    Pipe failure;
    child_ = fork();
    if (child_ == 0) {
      std::string step =
          become(command, in.read_end, out.write_end, err.write_end);
      step.append(": ").append(std::strerror(errno));
      (void)!write(failure.write_end, step.data(), step.size());
      _exit(127);
    }
    for (int fd :
         {in.read_end, out.write_end, err.write_end, failure.write_end}) {
      close(fd);
    }
    in_ = in.write_end;
    out_ = out.read_end;
    err_ = err.read_end;
    fcntl(in_, F_SETFL, O_NONBLOCK);
    fcntl(out_, F_SETFL, O_NONBLOCK);
    fcntl(err_, F_SETFL, O_NONBLOCK);
    if (child_ < 0) failure_ = std::string("fork: ") + std::strerror(errno);
    std::array<char, 256> text{};
    const ssize_t count = read(failure.read_end, text.data(), text.size());
    if (count > 0) failure_.assign(text.data(), static_cast<size_t>(count));
    close(failure.read_end);
  }

  void serve(int signals) {
    // What came together with the request is in no descriptor any more.
    take_input(false);
    give_input();
    while (!ended_ || !input_ended_) {
      std::array<pollfd, 5> polled = {
          pollfd{signals, POLLIN, 0},
          // However much input waits: kStop may be behind it.
          pollfd{port_.fd(), POLLIN, 0},
          pollfd{waiting_.empty() ? -1 : in_, POLLOUT, 0},
          pollfd{ended_ ? -1 : out_, POLLIN, 0},
          pollfd{ended_ ? -1 : err_, POLLIN, 0}};
      poll(polled.data(), polled.size(), -1);
      take_input(polled[1].revents != 0);
      give_input();
      pass_on(out_, Type::kStdout);
      pass_on(err_, Type::kStderr);
      if (polled[0].revents != 0) reap(signals);
    }
    for (int* fd : {&in_, &out_, &err_}) close_once(*fd);
    if (!failure_.empty()) {
      port_.send(Type::kError, failure_);
    } else {
      port_.send(Type::kExit, join_fields({how_, std::to_string(number_)}));
    }
  }

 private:
  void take_input(bool readable) {
    for (auto frame = port_.poll_frame(readable); frame;
         frame = port_.poll_frame(false)) {
      if (frame->type == Type::kStop) {
        stop();
      } else if (!input_ended_ && frame->type == Type::kEnd) {
        input_ended_ = true;
      } else if (!input_ended_ && frame->type == Type::kData) {
        if (in_ >= 0) waiting_ += frame->payload;
      } else {
        power_off("a request within a request");
      }
    }
  }

  void give_input() {
    while (in_ >= 0 && !waiting_.empty()) {
      const ssize_t count = write(in_, waiting_.data(), waiting_.size());
      if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
      if (count < 0) {  // nobody reads it any more
        close_once(in_);
        waiting_.clear();
        return;
      }
      waiting_.erase(0, static_cast<std::size_t>(count));
    }
    if (input_ended_ && waiting_.empty()) close_once(in_);
  }

  /// Reads no more than the pipe holds: who never stops printing must neither
  /// escape the timeout nor, left behind by the command, hold its end up.
  void pass_on(int& fd, Type type) {
    static std::array<char, 64 * 1024> buffer;
    for (int left = fd < 0 ? 0 : fcntl(fd, F_GETPIPE_SZ); left > 0;) {
      const ssize_t count = read(fd, buffer.data(), buffer.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0 && errno == EAGAIN) return;
      if (count <= 0) {
        close_once(fd);
        return;
      }
      port_.send(type, {buffer.data(), static_cast<std::size_t>(count)});
      left -= static_cast<int>(count);
    }
  }

  void reap(int signals) {
    signalfd_siginfo info;
    while (read(signals, &info, sizeof info) > 0) {
    }
    int status = 0;
    for (pid_t pid = waitpid(-1, &status, WNOHANG); pid > 0;
         pid = waitpid(-1, &status, WNOHANG)) {
      if (pid == child_) end(status);
    }
  }

  void end(int status) {
    if (ended_) return;
    ended_ = true;
    how_ = WIFSIGNALED(status) ? "signal" : "exit";
    number_ = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
    pass_on(out_, Type::kStdout);
    pass_on(err_, Type::kStderr);
    close_once(in_);
    waiting_.clear();
  }

  void stop() {
    if (ended_) return;
    // Every process but this one, at once; those that were about to be born
    // are found by the next round.
    do {
      kill(-1, SIGKILL);
    } while (waitpid(-1, nullptr, 0) > 0 || errno == EINTR);
    end(0);
    how_ = "stopped";
  }

  Port& port_;
  pid_t child_ = -1;
  int in_ = -1;
  int out_ = -1;
  int err_ = -1;
  std::string waiting_;
  bool input_ended_ = false;
  bool ended_ = false;
  std::string how_;
  int number_ = 0;
  std::string failure_;
};

}  // namespace

std::optional<Command> parse_command(std::string_view payload) {
  const auto fields = split_fields(payload);
  if (!fields || fields->size() < kFixedFields) return std::nullopt;
  const auto argc = number((*fields)[3]);
  if (!argc || *argc == 0 || *argc > fields->size() - kFixedFields) {
    return std::nullopt;
  }
  Command command;
  command.cwd = (*fields)[0];
  for (auto [field, id] : {std::pair{(*fields)[1], &command.uid},
                           std::pair{(*fields)[2], &command.gid}}) {
    if (field.empty()) continue;
    const auto value = number(field);
    if (!value || *value >= UINT32_MAX) return std::nullopt;
    *id = static_cast<unsigned>(*value);
  }
  const auto arguments = fields->begin() + kFixedFields;
  const auto environment = arguments + static_cast<std::ptrdiff_t>(*argc);
  command.argv.assign(arguments, environment);
  command.env.assign(environment, fields->end());
  return command;
}

void run(Port& port, const Command& command) {
  sigset_t child_ends;
  sigemptyset(&child_ends);
  sigaddset(&child_ends, SIGCHLD);
  sigprocmask(SIG_BLOCK, &child_ends, nullptr);
  const int signals = signalfd(-1, &child_ends, SFD_CLOEXEC | SFD_NONBLOCK);
  if (signals < 0) power_off("no signalfd");
  Running(port, command).serve(signals);
  close(signals);
}

}  // namespace bulkhead::agent
