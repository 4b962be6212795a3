#include "runtime/parent/clone.h"

#include <linux/futex.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <new>

namespace bulkhead {
namespace {

constexpr std::size_t kPage = 4096;
/// What is killed ends in less.
constexpr int kKilledMs = 500;

constexpr std::size_t kStackBytes = 65536;
constexpr std::size_t kStateAt = kPage + kStackBytes;
constexpr std::size_t kWordsAt =
    kStateAt + (sizeof(SharedState) + 63) / 64 * 64;
constexpr std::size_t kWordsBytes = std::size_t{256} << 10;
constexpr std::size_t kBytes = kWordsAt + kWordsBytes;

}  // namespace

StartMemory::~StartMemory() {
  if (address_ != nullptr) munmap(address_, kBytes);
}

Result<StartMemory> StartMemory::map(bool own_memory) {
  const int flags =
      MAP_ANONYMOUS | MAP_NORESERVE | (own_memory ? MAP_SHARED : MAP_PRIVATE);
  void* address = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, flags, -1, 0);
  if (address == MAP_FAILED) return fail("start: mmap", errno);
  StartMemory memory;
  memory.address_ = address;
  if (mprotect(address, kPage, PROT_NONE) != 0) {
    return fail("start: mprotect", errno);
  }
  // No initialiser: the pages are zero already, and those that nobody needs
  // are better not touched.
  new (memory.state()) SharedState;
  return memory;
}

SharedState* StartMemory::state() const {
  return reinterpret_cast<SharedState*>(static_cast<char*>(address_) +
                                        kStateAt);
}

std::span<char> StartMemory::words() const {
  return {static_cast<char*>(address_) + kWordsAt, kWordsBytes};
}

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
  const long pid = child::clone3_onto(&args, sizeof args, memory.stack_top(),
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
