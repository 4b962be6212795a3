#include "runtime/launcher/launcher_state.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "runtime/parent/hand_over.h"

namespace bulkhead {
namespace {

/// `request` with a descriptor for each stream that the caller has open.
StartRequest with_callers_streams(StartRequest request) {
  for (int i = 0; i < kStreams; ++i) {
    int& stream = request.streams[static_cast<std::size_t>(i)];
    if (stream < 0 && fcntl(i, F_GETFD) >= 0) stream = i;
  }
  return request;
}

Status check_streams(const StartRequest& request) {
  for (std::size_t i = 0; i < request.streams.size(); ++i) {
    const int fd = request.streams[i];
    if (fd >= 0 && fcntl(fd, F_GETFD) < 0) {
      return fail("start: stream " + std::to_string(i) + ": descriptor " +
                      std::to_string(fd),
                  errno,
                  "hand over an open descriptor, or -1 for the caller's");
    }
  }
  return {};
}

/// Two containers at a time cannot both make, and neither may remove, what is
/// above their cgroups.
Status check_cgroup(const Plan& plan) {
  if (!plan.cgroup) return {};
  for (const CgroupDirectory& directory : plan.cgroup->directories) {
    const std::size_t slash = directory.path.rfind('/');
    if (slash == std::string::npos) continue;
    const std::string above =
        directory.mount_point + "/" + directory.path.substr(0, slash);
    struct stat info {};
    if (stat(above.c_str(), &info) != 0) {
      return fail("launcher: cgroup " + above, errno,
                  "make it first, or give the containers a name without /");
    }
  }
  return {};
}

/// What a start uses up is made again after it: beside it, it would take a CPU,
/// and the lock of the memory that both share, from its workload.
class RingSoonAtEnd {
 public:
  RingSoonAtEnd(std::mutex& mutex, Bell& bell) : mutex_(mutex), bell_(bell) {}
  RingSoonAtEnd(const RingSoonAtEnd&) = delete;
  RingSoonAtEnd& operator=(const RingSoonAtEnd&) = delete;
  ~RingSoonAtEnd() {
    if (!wanted_) return;
    const std::lock_guard lock(mutex_);
    bell_.ring_soon();
  }
  void want() { wanted_ = true; }

 private:
  std::mutex& mutex_;
  Bell& bell_;
  bool wanted_ = false;
};

/// Threads of a library run none of its caller's signal handlers.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t every;
    sigfillset(&every);
    pthread_sigmask(SIG_BLOCK, &every, &before_);
  }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

}  // namespace

LauncherState::LauncherState(Host host, const LauncherOptions& options,
                             Fd null_device, Bell bell)
    : host_(std::move(host)),
      options_(options),
      null_device_(std::move(null_device)),
      bell_(std::move(bell)) {}

Status LauncherState::start_workers() {
  const SignalsBlocked blocked;
  try {
    for (unsigned i = 0; i < options_.workers; ++i) {
      workers_.emplace_back([this] { work(); });
    }
  } catch (const std::system_error& error) {
    return fail("launcher: a thread", error.code().value(),
                "allow more threads (RLIMIT_NPROC, pids.max), or ask for fewer "
                "workers");
  }
  return {};
}

Result<LauncherState::Program*> LauncherState::program_of(ProgramId id) {
  if (id.index < programs_.size()) return programs_[id.index].get();
  return fail("launcher: no program " + std::to_string(id.index), 0,
              "use what add() of this Launcher gave", ErrorKind::kUsage);
}

LauncherState::~LauncherState() {
  close();
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
    bell_.ring();
  }
  for (std::thread& worker : workers_) worker.join();
}

void LauncherState::close() {
  std::deque<Ready> ended;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    ended = empty_pools();
    bell_.ring();
  }
}

std::deque<LauncherState::Ready> LauncherState::empty_pools() {
  std::deque<Ready> all;
  for (const auto& program : programs_) {
    for (Ready& one : program->ready) all.push_back(std::move(one));
    program->ready.clear();
    program->resting = true;
  }
  return all;
}

std::string LauncherState::next_suffix() {
  return "-" + std::to_string(++started_);
}

Result<ProgramId> LauncherState::add(Spec spec, const PoolOptions& pool) {
  if (pool.size > 0 && (pool.batch < 1 || pool.batch > pool.size)) {
    return fail("launcher: a pool of " + std::to_string(pool.size) +
                    " made again " + std::to_string(pool.batch) + " at a time",
                0, "1 to its size", ErrorKind::kUsage);
  }
  Result<Plan> plan = make_plan(std::move(spec), host_);
  if (!plan) return within("launcher", plan.error());
  if (Status status = check_cgroup(*plan); !status) {
    return tl::unexpected(status.error());
  }
  auto program = std::make_unique<Program>();
  program->plan = std::move(*plan);
  program->pool = pool;
  program->depth = pool.depth;
  if (pool.size > 0 && !park_index(program->plan, pool.depth)) {
    program->depth = ParkAt::kNowhere;
    program->note =
        "its children cannot wait: they would share the caller's memory where "
        "another process can reach them (a joined or shared pid namespace), or "
        "change the caller's oom_score_adj";
  }
  const std::lock_guard lock(mutex_);
  programs_.push_back(std::move(program));
  bell_.ring();
  return ProgramId{programs_.size() - 1};
}

Result<Launched> LauncherState::start(ProgramId id,
                                      const StartRequest& request) {
  if (Status status = check_streams(request); !status) {
    return tl::unexpected(status.error());
  }
  RingSoonAtEnd successor(mutex_, bell_);
  std::unique_lock lock(mutex_);
  const Result<Program*> found = program_of(id);
  if (!found) return tl::unexpected(found.error());
  Program& program = **found;
  if (program.pool.size > 0) successor.want();
  if (Status status = check_arguments(request, program.plan); !status) {
    return tl::unexpected(status.error());
  }
  program.resting = false;
  std::string note = program.note;
  while (!program.ready.empty()) {
    Ready ready = std::move(program.ready.front());
    program.ready.pop_front();
    lock.unlock();
    Result<Container> container =
        ready.child.release(with_callers_streams(request));
    if (container) {
      container->hold(std::move(ready.mounts));
      return Launched{std::move(*container), ready.depth, note};
    }
    if (container.error().kind != ErrorKind::kRuntime) {
      return tl::unexpected(container.error());
    }
    note = "a ready child did not start: " + container.error().message();
    lock.lock();
  }
  lock.unlock();
  BeginOptions options;
  options.cgroup_suffix = next_suffix();
  options.request = &request;
  Result<PendingStart> pending = PendingStart::begin(program.plan, options);
  if (!pending) return tl::unexpected(pending.error());
  Result<Container> container = pending->finish();
  if (!container) return tl::unexpected(container.error());
  return Launched{std::move(*container), ParkAt::kNowhere, note};
}

Status LauncherState::wait_ready(ProgramId id) {
  std::unique_lock lock(mutex_);
  const Result<Program*> found = program_of(id);
  if (!found) return tl::unexpected(found.error());
  Program& program = **found;
  program.resting = false;
  program.filling = true;
  bell_.ring();
  settled_.wait(lock, [&] {
    return program.resting || program.depth == ParkAt::kNowhere ||
           (program.ready.size() >= program.pool.size &&
            program.in_making == 0);
  });
  if (program.pool.size == 0 || program.note.empty()) return {};
  return fail("launcher: " + program.note);
}

Status LauncherState::drain() {
  std::deque<Ready> ended;
  std::unique_lock lock(mutex_);
  bell_.ring();
  // What is being made at this moment comes into the pool afterwards.
  for (;;) {
    ended = empty_pools();
    const bool none = ended.empty();
    lock.unlock();
    ended.clear();
    lock.lock();
    const bool making = std::ranges::any_of(
        programs_, [](const auto& program) { return program->in_making > 0; });
    if (none && !making && remains_.empty() && being_removed_ == 0) break;
    if (none) settled_.wait(lock);
  }
  if (failures_.empty()) return {};
  return fail("launcher: not taken apart: " + std::exchange(failures_, {}));
}

LauncherCounts LauncherState::counts() const {
  const std::lock_guard lock(mutex_);
  LauncherCounts counts;
  for (const auto& program : programs_) {
    counts.ready += program->ready.size();
    counts.in_making += program->in_making;
  }
  counts.ending = remains_.size() + being_removed_;
  return counts;
}

const Plan& LauncherState::plan(ProgramId id) const {
  const std::lock_guard lock(mutex_);
  return programs_[id.index]->plan;
}

void LauncherState::take(Remains remains) {
  std::unique_lock lock(mutex_);
  remains_.push_back(std::move(remains));
  if (remains_.size() > options_.teardown_limit) {
    remove_one(lock);
    return;
  }
  bell_.ring_soon();
}

}  // namespace bulkhead
