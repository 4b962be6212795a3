#include "runtime/parent/clone.h"

#include <linux/futex.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <climits>

namespace bulkhead {
namespace {

constexpr std::size_t kPage = 4096;

Result<void*> map(std::size_t size, int flags) {
  void* address =
      mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | flags, -1, 0);
  if (address == MAP_FAILED) return fail("start: mmap", errno);
  return address;
}

}  // namespace

Mapping::~Mapping() {
  if (address_ != nullptr) munmap(address_, size_);
}

Result<Mapping> Mapping::shared(std::size_t size) {
  Mapping mapping;
  const Result<void*> address = map(size, MAP_SHARED);
  if (!address) return tl::unexpected(address.error());
  mapping.address_ = *address;
  mapping.size_ = size;
  return mapping;
}

Result<Mapping> Mapping::stack(std::size_t size) {
  Mapping mapping;
  const Result<void*> address =
      map(size + kPage, MAP_PRIVATE | MAP_STACK | MAP_NORESERVE);
  if (!address) return tl::unexpected(address.error());
  mapping.address_ = *address;
  mapping.size_ = size + kPage;
  if (mprotect(mapping.address_, kPage, PROT_NONE) != 0) {
    return fail("start: mprotect", errno);
  }
  return mapping;
}

Result<ClonedChild> clone_child(const CloneRequest& request,
                                child::ChildPlan* plan, const Mapping& stack) {
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
  const long pid = child::clone3_onto(&args, sizeof args, stack.end(),
                                      child::child_main, plan);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0) {
    return fail("clone: clone3", static_cast<int>(-pid));
  }
  return ClonedChild{static_cast<pid_t>(pid), Fd(pidfd)};
}

void kill_and_reap(const ClonedChild& child) {
  syscall(SYS_pidfd_send_signal, child.pidfd.get(), SIGKILL, nullptr, 0);
  siginfo_t info{};
  while (waitid(P_PIDFD, static_cast<id_t>(child.pidfd.get()), &info,
                WEXITED) != 0 &&
         errno == EINTR) {
  }
}

void let_go(SharedState* shared) {
  shared->go.store(1, std::memory_order_release);
  syscall(SYS_futex, &shared->go, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

}  // namespace bulkhead
