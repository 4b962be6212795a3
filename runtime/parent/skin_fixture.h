// A container that looks at processes, and a start that stops before each call.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/parent/pending_start.h"

namespace bulkhead {

inline constexpr char kStarted = 's';

/// Reads a pid, writes what it can open of it. Every open(2) of these asks what
/// ptrace(2) asks: mem for the right to attach, the others for that to read.
inline constexpr const char* kLook = R"(
while read -r p; do
  seen=
  for file in exe mem maps environ ns/mnt auxv; do
    true </proc/$p/$file && seen="$seen $file"
  done 2>/dev/null
  for place in cwd root; do
    [ -e /proc/$p/$place ] && seen="$seen $place"
  done
  for fd in /proc/$p/fd/*; do
    [ -e $fd ] && seen="$seen fd" && break
  done
  [ -d /proc/$p ] || seen="$seen absent"
  echo "$seen"
done)";
inline constexpr const char* kAll =
    " exe mem maps environ ns/mnt auxv cwd root fd";
/// The mode of the others is for their owner, an id of the user namespace.
inline constexpr const char* kAllOfAnother = " exe maps ns/mnt cwd root";

struct Pipe {
  Fd out;
  Fd in;
};

inline Pipe make_pipe() {
  int ends[2];
  EXPECT_EQ(0, pipe2(ends, O_CLOEXEC));
  return {Fd(ends[0]), Fd(ends[1])};
}

/// A container whose workload looks at processes.
class Neighbour {
 public:
  explicit Neighbour(Spec spec, const Host& host)
      : in_host_pidns_(spec.ns(NamespaceKind::kPid).mode ==
                       NamespaceMode::kHost) {
    spec.process.argv = {"/bin/sh", "-c", kLook};
    Result<Plan> plan = make_plan(std::move(spec), host);
    EXPECT_TRUE(plan) << plan.error().message();
    plan_.emplace(std::move(*plan));
    Pipe asks = make_pipe();
    Pipe answers = make_pipe();
    StartRequest request;
    request.streams = {asks.out.get(), answers.in.get(), -1};
    BeginOptions options;
    options.request = &request;
    Result<PendingStart> pending = PendingStart::begin(*plan_, options);
    EXPECT_TRUE(pending) << pending.error().message();
    Result<Container> container = pending->finish();
    EXPECT_TRUE(container) << container.error().message();
    container_.emplace(std::move(*container));
    ask_ = std::move(asks.in);
    answer_ = std::move(answers.out);
  }

  [[nodiscard]] std::string look_at(pid_t pid) const {
    const std::string line = seen_as(pid) + "\n";
    EXPECT_EQ(static_cast<ssize_t>(line.size()),
              write(ask_.get(), line.data(), line.size()));
    std::string answer;
    char byte = 0;
    while (read(answer_.get(), &byte, 1) == 1 && byte != '\n') answer += byte;
    EXPECT_EQ('\n', byte) << "it looks no more";
    return answer;
  }

  [[nodiscard]] std::string namespace_file(const char* name) const {
    return "/proc/" + std::to_string(container_->pid()) + "/ns/" + name;
  }

 private:
  /// The number that `pid` has in its namespace.
  [[nodiscard]] std::string seen_as(pid_t pid) const {
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    std::string line;
    while (std::getline(status, line) && !line.starts_with("NSpid:")) {
    }
    return in_host_pidns_ ? std::to_string(pid)
                          : line.substr(line.rfind('\t') + 1);
  }

  bool in_host_pidns_;
  std::optional<Plan> plan_;
  std::optional<Container> container_;
  Fd ask_;
  Fd answer_;
};

/// A process that starts a container, whose child says so before each of its
/// calls and waits.
class SteppedStart {
 public:
  explicit SteppedStart(Plan plan) {
    Pipe told = make_pipe();
    Pipe wait = make_pipe();
    supervisor_ = fork();
    if (supervisor_ == 0) {
      wait.in.reset();
      supervise(std::move(plan), told.in, wait.out);
    }
    told_ = std::move(told.out);
    go_ = std::move(wait.in);
  }
  SteppedStart(const SteppedStart&) = delete;
  SteppedStart& operator=(const SteppedStart&) = delete;
  ~SteppedStart() {
    go_.reset();
    int status = -1;
    EXPECT_EQ(supervisor_, waitpid(supervisor_, &status, 0));
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  }

  /// Waits until the child is before its next call; false: it is the workload.
  [[nodiscard]] bool stopped() const {
    char byte = 0;
    EXPECT_EQ(1, read(told_.get(), &byte, 1));
    return byte != kStarted && !testing::Test::HasFailure();
  }
  void go_on() const { EXPECT_EQ(1, write(go_.get(), "g", 1)); }

  [[nodiscard]] pid_t child() const {
    const std::string pid = std::to_string(supervisor_);
    std::ifstream children("/proc/" + pid + "/task/" + pid + "/children");
    pid_t child = -1;
    EXPECT_TRUE(children >> child);
    return child;
  }

 private:
  [[noreturn]] static void supervise(Plan plan, const Fd& tell,
                                     const Fd& wait) {
    put_stops_into(plan, tell, wait);
    const Result<Container> container = start(plan);
    if (!container) {
      fprintf(stderr, "%s\n", container.error().message().c_str());
      _exit(1);
    }
    char byte = kStarted;
    if (write(tell.get(), &byte, 1) != 1) _exit(2);
    // Until the test is done with it.
    _exit(read(wait.get(), &byte, 1) == 0 ? 0 : 3);
  }

  static void put_stops_into(Plan& plan, const Fd& tell, const Fd& wait) {
    const auto slot = [&](const Fd& fd) {
      plan.prepared.emplace_back(plan.slots_used,
                                 Fd(fcntl(fd.get(), F_DUPFD_CLOEXEC, 3)));
      return Argument{Argument::Kind::kSlot,
                      static_cast<std::uint64_t>(plan.slots_used++)};
    };
    const Argument tell_slot = slot(tell);
    const Argument wait_slot = slot(wait);
    // Behind all that read-backs put there.
    const Argument last = {Argument::Kind::kScratch, kScratchBytes - 1};
    const Argument one = {Argument::Kind::kValue, 1};
    std::vector<Call> calls;
    for (const Call& call : plan.child) {
      Call stop;
      stop.step = call.step;
      stop.number = SYS_write;
      std::ranges::copy(std::array{tell_slot, last, one}, stop.args);
      calls.push_back(stop);
      stop.number = SYS_read;
      stop.args[0] = wait_slot;
      calls.push_back(stop);
      calls.push_back(call);
    }
    plan.child = std::move(calls);
  }

  pid_t supervisor_ = -1;
  Fd told_;
  Fd go_;
};

}  // namespace bulkhead
