#include "runtime/parent/clone.h"

#include <linux/futex.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <climits>

#include "runtime/base/clone3.h"

namespace bulkhead {
namespace {

/// What is killed ends in less.
constexpr int kKilledMs = 500;

}  // namespace

Result<ClonedChild> clone_child(const CloneRequest& request,
                                child::ChildPlan* plan,
                                const StartMemory& memory) {
  int pidfd = -1;
  clone_args args{};
  args.flags = request.flags | CLONE_PIDFD | CLONE_CLEAR_SIGHAND;
  if (request.share_memory) args.flags |= CLONE_VM;
  if (request.suspend_parent) args.flags |= CLONE_VFORK;
  if (request.cgroup_fd >= 0) {
    args.flags |= CLONE_INTO_CGROUP;
    args.cgroup = static_cast<std::uint64_t>(request.cgroup_fd);
  }
  args.pidfd = reinterpret_cast<std::uint64_t>(&pidfd);
  args.exit_signal = SIGCHLD;

  sigset_t every;
  sigset_t before;
  sigfillset(&every);
  pthread_sigmask(SIG_BLOCK, &every, &before);
  const long pid = clone3_onto(&args, sizeof args, memory.stack_top(),
                               child::child_main, plan);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0) {
    return fail("clone: clone3", static_cast<int>(-pid));
  }
  return ClonedChild{static_cast<pid_t>(pid), Fd(pidfd)};
}

siginfo_t kill_and_reap(const ClonedChild& child) {
  const bool told = syscall(SYS_pidfd_send_signal, child.pidfd.get(), SIGKILL,
                            nullptr, 0) == 0;
  pollfd ended = {child.pidfd.get(), POLLIN, 0};
  if (!told || poll(&ended, 1, kKilledMs) != 1) kill(child.pid, SIGKILL);
  siginfo_t info{};
  while (waitid(P_PIDFD, static_cast<id_t>(child.pidfd.get()), &info,
                WEXITED) != 0 &&
         errno == EINTR) {
  }
  return info;
}

void let_go(SharedState* shared) {
  shared->go.store(1, std::memory_order_release);
  syscall(SYS_futex, &shared->go, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

}  // namespace bulkhead
