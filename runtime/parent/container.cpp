#include "runtime/parent/container.h"

#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "runtime/state/cgroup_tree.h"

namespace bulkhead {
namespace {

/// Reaps; the exit as waitid(2) tells it.
Result<siginfo_t> reap(int pidfd) {
  siginfo_t info{};
  while (waitid(P_PIDFD, static_cast<id_t>(pidfd), &info, WEXITED) != 0) {
    if (errno != EINTR) return fail("wait: waitid", errno);
  }
  return info;
}

}  // namespace

Container::~Container() {
  if (ended_ && teardown_) {
    teardown_->take({Fd(), std::move(cgroup_), std::move(mounts_)});
  }
  if (pid_ < 0) return;
  if (teardown_) {
    static_cast<void>(signal(SIGKILL));
    teardown_->take(
        {std::move(pidfd_), std::move(cgroup_), std::move(mounts_)});
    return;
  }
  // One that does not end cannot be reaped; its cgroup stays on the record.
  if (stop()) static_cast<void>(reap(pidfd_.get()));
}

Status Container::stop() const {
  if (Status status = signal(SIGKILL); !status) return status;
  return await_killed(pidfd_);
}

Status Container::signal(int number) const {
  if (syscall(SYS_pidfd_send_signal, pidfd_.get(), number, nullptr, 0) == 0) {
    return {};
  }
  const int error = errno;
  // Not yet waited for: its number is nobody else's.
  if (error != ESRCH && pid_ > 0 && kill(pid_, number) == 0) return {};
  return fail("signal " + std::to_string(number), error);
}

Result<Exit> Container::ended() {
  if (ended_) return *ended_;
  const Result<siginfo_t> info = reap(pidfd_.get());
  if (!info) return tl::unexpected(info.error());
  pid_ = -1;
  ended_.emplace();
  (info->si_code == CLD_EXITED ? ended_->status : ended_->signal) =
      info->si_status;
  return *ended_;
}

Result<Exit> Container::wait(Counters counters) {
  Result<Exit> result = ended();
  if (!result) return result;
  ended_.reset();
  if (counters == Counters::kRead) result->counters = cgroup_.counters();
  if (teardown_) {
    teardown_->take({Fd(), std::move(cgroup_), std::move(mounts_)});
    return result;
  }
  if (Status status = cgroup_.remove(); !status) {
    return within("wait", status.error());
  }
  return result;
}

}  // namespace bulkhead
