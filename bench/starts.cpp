#include "bench/starts.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "runtime/base/clone3.h"
#include "runtime/base/syscall.h"

namespace bulkhead::bench {
namespace {

constexpr std::size_t kChildStackBytes = 16384;
constexpr int kNoExec = 127;

struct ToExec {
  const char* path;
  char* const* argv;
  char* const* environment;
};

/// After clone, sharing memory: system calls only.
void exec_it(void* argument) {
  const auto* what = static_cast<const ToExec*>(argument);
  raw_syscall(SYS_execve, reinterpret_cast<std::uint64_t>(what->path),
              reinterpret_cast<std::uint64_t>(what->argv),
              reinterpret_cast<std::uint64_t>(what->environment));
  for (;;) raw_syscall(SYS_exit_group, kNoExec);
}

/// What begins at `begin` and has ended by itself is one sample.
Result<Times> times_of(const Ground& ground, std::uint64_t begin, pid_t pid,
                       const Expected& expected) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) return fail("waitpid", errno);
  }
  const std::uint64_t end = stamp();
  const Result<Record> record = ground.records.take(expected);
  if (WIFSIGNALED(status)) {
    return fail("it was killed by signal " + std::to_string(WTERMSIG(status)));
  }
  if (WEXITSTATUS(status) != 0) {
    return fail("it exited with " + std::to_string(WEXITSTATUS(status)));
  }
  if (!record) return tl::unexpected(record.error());
  return Times{.first = ground.us(begin, record->stamp),
               .total = ground.us(begin, end)};
}

std::array<char*, 2> arguments_of(const Ground& ground) {
  return {const_cast<char*>(ground.workload.c_str()), nullptr};
}

}  // namespace

Result<Times> clone_once(const Ground& ground, std::uint64_t flags) {
  const auto argv = arguments_of(ground);
  char* const environment[] = {nullptr};
  ToExec what = {ground.workload.c_str(), argv.data(), environment};
  alignas(16) std::array<char, kChildStackBytes> stack;
  clone_args arguments{};
  arguments.flags = flags | CLONE_VM | CLONE_VFORK;
  arguments.exit_signal = SIGCHLD;
  const std::uint64_t begin = stamp();
  const long pid = clone3_onto(&arguments, sizeof arguments,
                               stack.data() + stack.size(), exec_it, &what);
  if (pid < 0) return fail("clone3", static_cast<int>(-pid));
  return times_of(ground, begin, static_cast<pid_t>(pid),
                  {.most_pid = (flags & CLONE_NEWPID) != 0 ? 1 : 0});
}

Result<Times> fork_once(const Ground& ground) {
  const auto argv = arguments_of(ground);
  char* const environment[] = {nullptr};
  const std::uint64_t begin = stamp();
  const pid_t pid = fork();
  if (pid == 0) {
    execve(argv[0], argv.data(), environment);
    _exit(kNoExec);
  }
  if (pid < 0) return fail("fork", errno);
  return times_of(ground, begin, pid, {});
}

std::vector<char*> exec_words(const std::vector<std::string>& words) {
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (const std::string& word : words) {
    pointers.push_back(const_cast<char*>(word.c_str()));
  }
  pointers.push_back(nullptr);
  return pointers;
}

Result<Times> spawn_once(const Ground& ground,
                         const std::vector<std::string>& words,
                         const std::vector<int>& inherited,
                         const Expected& expected) {
  const std::vector<char*> argv = exec_words(words);
  for (const int fd : inherited) fcntl(fd, F_SETFD, 0);
  const std::uint64_t begin = stamp();
  pid_t pid = -1;
  const int error =
      posix_spawnp(&pid, argv[0], nullptr, nullptr, argv.data(), environ);
  for (const int fd : inherited) fcntl(fd, F_SETFD, FD_CLOEXEC);
  if (error != 0) return fail("spawn " + words[0], error);
  return times_of(ground, begin, pid, expected);
}

Variant floor_variant(const Ground& ground) {
  return {.name = kFloor,
          .about = "nothing isolated: clone3(CLONE_VM|CLONE_VFORK), execve",
          .baseline = {},
          .once = [&ground] { return clone_once(ground, 0); }};
}

Result<Times> start_once(const Ground& ground, const Plan& plan,
                         const StartBy& start_by, Record* said) {
  const std::uint64_t begin = stamp();
  Result<Container> container = start_by(plan);
  if (!container) return tl::unexpected(container.error());
  const Result<Exit> exit = container->wait();
  const std::uint64_t end = stamp();
  if (!exit) return tl::unexpected(exit.error());
  const Result<Record> record = ground.records.take(expected_of(plan.spec));
  if (exit->code() != 0) {
    return fail("the container ended with " + std::to_string(exit->code()));
  }
  if (!record) return tl::unexpected(record.error());
  if (said != nullptr) *said = *record;
  return Times{.first = ground.us(begin, record->stamp),
               .total = ground.us(begin, end)};
}

}  // namespace bulkhead::bench
