#include "runtime/parent/caller_state.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>

#include "runtime/base/file.h"

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
  scope.own_ = std::move(*own);
  if (setns(static_cast<int>(shared->slots[plan.join_pid_slot]),
            CLONE_NEWPID) != 0) {
    return fail("pidns: setns", errno,
                "joining takes CAP_SYS_ADMIN in the namespace's owner");
  }
  return scope;
}

PidNamespaceForClone::~PidNamespaceForClone() {
  if (own_) static_cast<void>(setns(own_.get(), CLONE_NEWPID));
}

KeepDumpable::KeepDumpable() {
  if (geteuid() != 0) turn_ = std::unique_lock(one_after_the_other());
  DumpableUsers& users = dumpable_users();
  const std::lock_guard lock(users.mutex);
  if (users.count++ == 0) users.before = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
}

KeepDumpable::~KeepDumpable() {
  DumpableUsers& users = dumpable_users();
  const std::lock_guard lock(users.mutex);
  if (--users.count != 0) return;
  if (users.before == 0 || users.before == 1) {
    prctl(PR_SET_DUMPABLE, users.before, 0, 0, 0);
  }
}

}  // namespace bulkhead
