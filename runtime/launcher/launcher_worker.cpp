#include <signal.h>
#include <sys/wait.h>

#include <cerrno>
#include <utility>

#include "runtime/launcher/launcher_state.h"
#include "runtime/state/cgroup_tree.h"

namespace bulkhead {
namespace {

void reap(const Fd& pidfd) {
  siginfo_t info{};
  while (waitid(P_PIDFD, static_cast<id_t>(pidfd.get()), &info, WEXITED) != 0 &&
         errno == EINTR) {
  }
}

}  // namespace

Result<PendingStart> LauncherState::make_ready(const Plan& plan, ParkAt depth) {
  // It does not hold the caller's streams open while it waits.
  StartRequest nothing;
  nothing.streams.fill(null_device_.get());
  BeginOptions options;
  options.park_at = depth;
  options.cgroup_suffix = next_suffix();
  options.request = &nothing;
  return PendingStart::begin(plan, options);
}

bool LauncherState::Program::wants_one() {
  if (resting || depth == ParkAt::kNowhere) return false;
  const std::size_t there = ready.size() + in_making;
  if (there >= pool.size) {
    filling = false;
  } else if (there + pool.batch <= pool.size) {
    filling = true;
  }
  return filling;
}

LauncherState::Program* LauncherState::to_fill() {
  if (closed_) return nullptr;
  for (const auto& program : programs_) {
    if (program->wants_one()) return program.get();
  }
  return nullptr;
}

LauncherState::Ready LauncherState::ready_at(ParkAt depth, PendingStart child,
                                             std::string note) {
  Fd mounts = child.mount_namespace();
  return {std::move(child), depth, std::move(note), std::move(mounts)};
}

/// One ready child, as deep as it can wait. Where none can wait at `depth`, its
/// own filter may be what does not let it: then one without it can, and still
/// none with it, since what else was wrong may have passed meanwhile.
Result<LauncherState::Ready> LauncherState::make_deepest(const Program& program,
                                                         ParkAt depth) {
  Result<PendingStart> first = make_ready(program.plan, depth);
  if (first) return ready_at(depth, std::move(*first), {});
  if (depth != ParkAt::kExec || !park_index(program.plan, ParkAt::kFilter)) {
    return tl::unexpected(first.error());
  }
  Result<PendingStart> lower = make_ready(program.plan, ParkAt::kFilter);
  if (!lower) return tl::unexpected(first.error());
  Result<PendingStart> again = make_ready(program.plan, depth);
  if (again) return ready_at(depth, std::move(*again), {});
  return ready_at(
      ParkAt::kFilter, std::move(*lower),
      "it waits before its filter is loaded: " + again.error().message());
}

void LauncherState::fill(Program& program, std::unique_lock<std::mutex>& lock) {
  ++program.in_making;
  call_another();
  const ParkAt depth = program.depth;
  lock.unlock();
  Result<Ready> ready = make_deepest(program, depth);
  lock.lock();
  --program.in_making;
  if (ready) {
    program.depth = ready->depth;
    if (program.depth == program.pool.depth) program.note.clear();
    if (!ready->note.empty()) program.note = std::move(ready->note);
    program.ready.push_back(std::move(*ready));
  } else {
    program.depth = program.pool.depth;
    program.resting = true;
    program.note = "none is ready: " + ready.error().message();
  }
  settled_.notify_all();
  if (!closed_) return;
  std::deque<Ready> ended = empty_pools();
  lock.unlock();
  ended.clear();
  lock.lock();
}

void LauncherState::call_another() {
  if (options_.workers > 1 && (to_fill() != nullptr || !remains_.empty())) {
    bell_.ring();
  }
}

void LauncherState::tell(const Status& removed) {
  constexpr std::size_t kEnough = 4096;
  if (removed || failures_.size() > kEnough) return;
  if (!failures_.empty()) failures_ += "; ";
  failures_ += removed.error().message();
}

void LauncherState::remove_one(std::unique_lock<std::mutex>& lock) {
  Remains one = std::move(remains_.front());
  remains_.pop_front();
  ++being_removed_;
  call_another();
  lock.unlock();
  // One that does not end cannot be reaped.
  const Status ended = one.pidfd ? await_killed(one.pidfd) : Status();
  if (one.pidfd && ended) reap(one.pidfd);
  one.mounts.reset();
  const Status removed = one.cgroup.remove();
  lock.lock();
  --being_removed_;
  tell(ended);
  tell(removed);
  settled_.notify_all();
}

/// Children first: a start may be waiting for one; unless the remains pile up.
void LauncherState::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    Program* program = to_fill();
    const bool piled_up = remains_.size() > options_.teardown_limit / 2;
    if (program != nullptr && !piled_up) {
      fill(*program, lock);
    } else if (!remains_.empty()) {
      remove_one(lock);
    } else if (stop_) {
      bell_.ring();  // For the next one.
      return;
    } else {
      bell_.wait(lock);
    }
  }
}

}  // namespace bulkhead
