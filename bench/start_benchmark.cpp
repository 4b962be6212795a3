// The floor under every start: how long the parent waits until a child of its
// own has reached exec, with nothing isolated. Time is taken from the call to
// its return; the child's own run and its wait are outside.
#include <benchmark/benchmark.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>

namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kProgram = "/bin/true";

/// Starts kProgram; the child's pid, or -1.
using Start = pid_t (*)(char* const argv[], char* const environment[]);

pid_t start_by_vfork(char* const argv[], char* const environment[]) {
  const pid_t pid = vfork();
  if (pid == 0) {
    execve(kProgram, argv, environment);
    _exit(127);
  }
  return pid;
}

pid_t start_by_posix_spawn(char* const argv[], char* const environment[]) {
  pid_t pid = -1;
  const int error =
      posix_spawn(&pid, kProgram, nullptr, nullptr, argv, environment);
  return error == 0 ? pid : -1;
}

/// Whether `pid` ended with status 0: the work that was timed was done.
bool succeeded(pid_t pid) {
  int status = 0;
  return waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
         WEXITSTATUS(status) == 0;
}

void until_exec(benchmark::State& state, Start start) {
  char name[] = "true";
  char* const argv[] = {name, nullptr};
  char* const environment[] = {nullptr};
  for (auto iteration : state) {
    benchmark::DoNotOptimize(iteration);
    const auto begin = Clock::now();
    const pid_t pid = start(argv, environment);
    const std::chrono::duration<double> elapsed = Clock::now() - begin;
    if (pid < 0 || !succeeded(pid)) {
      state.SkipWithError("the child did not run to its end");
      break;
    }
    state.SetIterationTime(elapsed.count());
  }
}

BENCHMARK_CAPTURE(until_exec, vfork, start_by_vfork)->UseManualTime();
BENCHMARK_CAPTURE(until_exec, posix_spawn, start_by_posix_spawn)
    ->UseManualTime();

}  // namespace
