// The child of a TimeNamespaceTry, begun without libc: also by a program that
// has not set it up yet.
#pragma once

#include <linux/sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>

#include <cstddef>
#include <cstdint>

#include "runtime/base/clone3.h"
#include "runtime/base/syscall.h"

namespace bulkhead {

/// What the child needs until it has another program's memory: it shares that
/// of its caller, where this stays until then.
struct TimeTryChild {
  bool with_user_namespace;
  pid_t caller;
  /// For system calls alone; nothing of the caller's handles a signal there.
  alignas(16) unsigned char stack[4096];

  /// Its pid, or negative errno. Without CLONE_VFORK, for the child of a
  /// container in a user namespace has none, nor has one that is parked.
  long begin(bool with_user) {
    with_user_namespace = with_user;
    caller = static_cast<pid_t>(raw_syscall(SYS_getpid));
    clone_args arguments;
    auto* const words = reinterpret_cast<std::uint64_t*>(&arguments);
    for (std::size_t i = 0; i < sizeof arguments / sizeof *words; ++i) {
      words[i] = 0;
    }
    arguments.flags = CLONE_VM;
    arguments.exit_signal = SIGCHLD;
    const long pid = clone3_onto(&arguments, sizeof arguments,
                                 stack + sizeof stack, main, this);
    if (pid > 0) push_away(pid);
    return pid;
  }

  /// To another CPU, if there is one: the kernel may queue it where its caller
  /// runs on, and move it with the next tick only, milliseconds later.
  static void push_away(long pid) {
    constexpr std::size_t kWordBits = 64;
    std::uint64_t cpus[1024 / kWordBits];
    unsigned here = 0;
    const std::int64_t bytes =
        raw_syscall(SYS_sched_getaffinity, 0, sizeof cpus,
                    reinterpret_cast<std::uint64_t>(cpus));
    if (bytes <= 0 ||
        raw_syscall(SYS_getcpu, reinterpret_cast<std::uint64_t>(&here)) < 0) {
      return;
    }
    const std::size_t words = static_cast<std::size_t>(bytes) / sizeof *cpus;
    if (here / kWordBits >= words) return;
    cpus[here / kWordBits] &= ~(std::uint64_t{1} << (here % kWordBits));
    // Refused where that leaves none.
    raw_syscall(SYS_sched_setaffinity, static_cast<std::uint64_t>(pid),
                static_cast<std::uint64_t>(bytes),
                reinterpret_cast<std::uint64_t>(cpus));
  }

  /// Stopped by ptrace right after exec, it runs nothing of the program.
  static void main(void* argument) {
    const auto* self = static_cast<const TimeTryChild*>(argument);
    const std::uint64_t kinds =
        CLONE_NEWTIME | (self->with_user_namespace ? CLONE_NEWUSER : 0);
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

}  // namespace bulkhead
