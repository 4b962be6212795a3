#include "probes/runner.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <ctime>

#include "probes/support/child.h"
#include "probes/support/try.h"

namespace bulkhead::probes {

namespace {

// Descriptors beyond this are not looked at: a walk must end.
constexpr int kMostDescriptors = 65536;
constexpr const char* kNoDescriptor = "none";

constexpr long long kNanoseconds = 1'000'000'000;

long long now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * kNanoseconds + time.tv_nsec;
}

sigset_t child_signal() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  return set;
}

// Blocks until a child changes state or the deadline; false: deadline passed.
bool await_child(long long deadline) {
  const long long left = deadline - now();
  if (left <= 0) return false;
  const timespec wait{left / kNanoseconds, left % kNanoseconds};
  const sigset_t set = child_signal();
  return sigtimedwait(&set, nullptr, &wait) >= 0 || errno == EINTR;
}

// Orphans of the half: killed with it (fork_bound) or by now on their own;
// they are ours to reap, as process 1 or as subreaper.
void reap_orphans() {
  const long long deadline = now() + 2 * kNanoseconds;
  while (true) {
    const pid_t orphan = waitpid(-1, nullptr, WNOHANG);
    if (orphan < 0) return;
    if (orphan == 0 && !await_child(deadline)) return;
  }
}

// The half's wait status, or -1 when the deadline passed and it was killed.
int await_half(pid_t half, unsigned seconds) {
  const long long deadline = now() + seconds * kNanoseconds;
  int status = 0;
  while (true) {
    if (waitpid(half, &status, WNOHANG) == half) return status;
    if (await_child(deadline)) continue;
    kill(half, SIGKILL);
    wait_for(half);
    return -1;
  }
}

[[noreturn]] void be_half(const Probe& probe, Half half, const Facts& facts,
                          int out) {
  const sigset_t set = child_signal();
  sigprocmask(SIG_UNBLOCK, &set, nullptr);
  Inside inside{facts, probe.id};
  send(out,
       half == Half::kWitness ? probe.witness(inside) : probe.attempt(inside));
  _exit(0);
}

Observation judge_silence(int status, unsigned seconds) {
  if (status == -1) {
    return broken("no answer within " + std::to_string(seconds) + " s");
  }
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS) {
    return {Outcome::kRefused, 0, SIGSYS, "killed by SIGSYS"};
  }
  if (WIFSIGNALED(status)) {
    return {Outcome::kBroken, 0, WTERMSIG(status),
            "killed by signal " + std::to_string(WTERMSIG(status))};
  }
  return broken("ended without an answer");
}

}  // namespace

Observation run_half(const Probe& probe, Half half, const Facts& facts) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
    return broken("pipe2: " + errno_name(errno));
  }
  const pid_t child = fork();
  if (child < 0) {
    const int error = errno;
    close(ends[0]);
    close(ends[1]);
    return broken("fork: " + errno_name(error));
  }
  if (child == 0) {
    close(ends[0]);
    be_half(probe, half, facts, ends[1]);
  }
  close(ends[1]);
  const int status = await_half(child, probe.seconds);
  Observation seen;
  // A refusal by SIGSYS in a witness is a witness that does not work.
  if (status == -1 || !receive(ends[0], seen)) {
    seen = judge_silence(status, probe.seconds);
    if (half == Half::kWitness) seen.outcome = Outcome::kBroken;
  }
  close(ends[0]);
  reap_orphans();
  return seen;
}

std::string open_descriptors() {
  std::string open;
  for (int fd = 3; fd < kMostDescriptors; ++fd) {
    if (fcntl(fd, F_GETFD) < 0) continue;
    if (!open.empty()) open += ",";
    open += std::to_string(fd);
  }
  return open.empty() ? kNoDescriptor : open;
}

void start_runner() {
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  // A caller's ignored SIGCHLD would make children vanish before the wait.
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  sigaction(SIGCHLD, &standard, nullptr);
  const sigset_t set = child_signal();
  sigprocmask(SIG_BLOCK, &set, nullptr);
}

}  // namespace bulkhead::probes
