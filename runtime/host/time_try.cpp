#include "runtime/host/time_try.h"

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <string>

#include "runtime/base/syscall.h"

namespace bulkhead {
namespace {

constexpr std::uint64_t kCloneNewtime = 0x80;  // CLONE_NEWTIME, 5.6

std::string link_at(const std::string& path) {
  std::array<char, 64> target{};
  const ssize_t length =
      readlink(path.c_str(), target.data(), target.size() - 1);
  return length > 0 ? std::string(target.data()) : std::string();
}

}  // namespace

/// What the child needs until it has another program's memory.
struct TimeNamespaceTry::Child {
  bool with_user_namespace;
  pid_t caller;
  alignas(16) std::array<char, 16384> stack;

  /// Like a container's child it shares the caller's memory, and runs beside
  /// it: no libc. Stopped by ptrace right after exec, it runs nothing of the
  /// program.
  static int main(void* argument) {
    const auto* self = static_cast<const Child*>(argument);
    const std::uint64_t kinds =
        kCloneNewtime | (self->with_user_namespace ? CLONE_NEWUSER : 0);
    // Without its caller it would be stopped for whoever is its parent then.
    if (raw_syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL) == 0 &&
        raw_syscall(SYS_getppid) == self->caller &&
        raw_syscall(SYS_unshare, kinds) == 0 &&
        raw_syscall(SYS_ptrace, PTRACE_TRACEME) == 0) {
      const char* const nothing[] = {nullptr};
      const auto none = reinterpret_cast<std::uint64_t>(nothing);
      raw_syscall(SYS_execve, reinterpret_cast<std::uint64_t>("/proc/self/exe"),
                  none, none);
    }
    for (;;) raw_syscall(SYS_exit_group, 1);
  }
};

TimeNamespaceTry::TimeNamespaceTry(bool with_user_namespace)
    : child_(new Child) {
  child_->with_user_namespace = with_user_namespace;
  child_->caller = getpid();
  // Without CLONE_VFORK, for the child of a container in a user namespace has
  // none, nor has one that is parked.
  pid_ = clone(Child::main, child_->stack.data() + child_->stack.size(),
               CLONE_VM | SIGCHLD, child_.get());
}

TimeNamespaceTry::~TimeNamespaceTry() {
  int status = 0;
  do {
    if (pid_ < 0) return;
    kill_child();
  } while (waitpid(pid_, &status, __WALL) == pid_ && WIFSTOPPED(status));
}

bool TimeNamespaceTry::with_user_namespace() const {
  return child_->with_user_namespace;
}

bool TimeNamespaceTry::entered() {
  if (entered_) return *entered_;
  entered_ = false;
  int status = 0;
  if (pid_ < 0) return false;
  const bool told = waitpid(pid_, &status, __WALL) == pid_;
  if (told && WIFSTOPPED(status)) {
    const std::string ours = link_at("/proc/self/ns/time");
    const std::string theirs =
        link_at("/proc/" + std::to_string(pid_) + "/ns/time");
    entered_ = !ours.empty() && !theirs.empty() && ours != theirs;
  }
  if (!told || WIFSTOPPED(status)) {
    kill_child();
  } else {
    pid_ = -1;
  }
  return *entered_;
}

/// Either call is enough, once it has come to where it stops.
void TimeNamespaceTry::kill_child() const {
  kill(pid_, SIGKILL);
  ptrace(PTRACE_CONT, pid_, nullptr, SIGKILL);
}

}  // namespace bulkhead
