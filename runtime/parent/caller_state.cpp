#include "runtime/parent/caller_state.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>

#include "runtime/base/file.h"
#include "runtime/parent/tracers.h"

namespace bulkhead {
namespace {

/// Of this process, not of one start: the mark is the memory's.
struct DumpableUsers {
  std::mutex mutex;
  int count = 0;
  int before = -1;
};

DumpableUsers& dumpable_users() {
  static DumpableUsers users;
  return users;
}

std::mutex& one_after_the_other() {
  static std::mutex mutex;
  return mutex;
}

}  // namespace

Result<PidNamespaceForClone> PidNamespaceForClone::enter(
    const Plan& plan, const SharedState* shared) {
  PidNamespaceForClone scope;
  if (plan.join_pid_slot < 0) return scope;
  Result<Fd> own = open_at(AT_FDCWD, "/proc/self/ns/pid", O_RDONLY);
  if (!own) return within("pidns", own.error());
  const int joined = static_cast<int>(shared->slots[plan.join_pid_slot]);
  if (const Status status = refuse_tracers(joined); !status) {
    return within("pidns", status.error());
  }
  if (setns(joined, CLONE_NEWPID) != 0) {
    return fail("pidns: setns", errno,
                "joining takes CAP_SYS_ADMIN in the namespace's owner");
  }
  scope.own_ = std::move(*own);
  return scope;
}

PidNamespaceForClone::~PidNamespaceForClone() {
  if (own_) static_cast<void>(setns(own_.get(), CLONE_NEWPID));
}

Result<ClosedStreams> ClosedStreams::take() {
  ClosedStreams closed;
  for (int number = 0; number < kStreams; ++number) {
    if (fcntl(number, F_GETFD) >= 0) continue;
    // The lowest that is free; no directory, and gone at exec.
    Fd own(eventfd(0, EFD_CLOEXEC));
    if (!own) return fail("eventfd", errno);
    if (own.get() < kStreams) {
      closed.taken_[static_cast<std::size_t>(own.get())] = std::move(own);
    }
  }
  return closed;
}

MemoryMark::MemoryMark() {
  if (geteuid() != 0) turn_ = std::unique_lock(one_after_the_other());
  DumpableUsers& users = dumpable_users();
  const std::lock_guard lock(users.mutex);
  if (users.count++ == 0) users.before = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
}

Result<std::unique_ptr<MemoryMark>> MemoryMark::set(Memory memory) {
  std::unique_ptr<MemoryMark> mark(new MemoryMark);
  if (memory == Memory::kAsItIs) return mark;
  constexpr int kOpen = 1;  // SUID_DUMP_USER
  // Any other value hides as well.
  if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == kOpen) {
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  }
  const int now = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
  if (now >= 0 && now != kOpen) return mark;
  return fail("prctl(PR_SET_DUMPABLE, 0)", now < 0 ? errno : 0,
              "allow it in the filter around this program");
}

MemoryMark::~MemoryMark() {
  DumpableUsers& users = dumpable_users();
  const std::lock_guard lock(users.mutex);
  if (--users.count != 0) return;
  if (users.before == 0 || users.before == 1) {
    prctl(PR_SET_DUMPABLE, users.before, 0, 0, 0);
  }
}

}  // namespace bulkhead
