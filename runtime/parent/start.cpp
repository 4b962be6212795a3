// The parent's side of a start. Its protocol with the child is drawn above
// SharedState (plan/call.h).
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <new>

#include "runtime/base/file.h"
#include "runtime/child/syscall.h"
#include "runtime/parent/child_proc.h"
#include "runtime/parent/clone.h"
#include "runtime/parent/container.h"
#include "runtime/parent/failure.h"
#include "runtime/parent/id_maps.h"
#include "runtime/plan/builder.h"
#include "runtime/plan/compile.h"

namespace bulkhead {
namespace {

constexpr std::size_t kStackBytes = 65536;

struct Pipe {
  Fd read_end;
  Fd write_end;
};

Result<Pipe> make_pipe(int flags) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC | flags) != 0) return fail("start: pipe2", errno);
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

/// Descriptors that the calls before clone left in slots: closed at the end.
class OpenedSlots {
 public:
  OpenedSlots(const Plan& plan, SharedState* shared)
      : plan_(plan), shared_(shared) {
    for (const Call& call : plan.before) {
      if (call.result_slot >= 0) shared->slots[call.result_slot] = -1;
    }
  }
  OpenedSlots(const OpenedSlots&) = delete;
  OpenedSlots& operator=(const OpenedSlots&) = delete;
  ~OpenedSlots() {
    for (const Call& call : plan_.before) {
      if (call.result_slot < 0) continue;
      const auto fd = static_cast<int>(shared_->slots[call.result_slot]);
      // A slot that a later call closed holds a number that is not ours.
      if (fd >= 0 && !closed_by_plan(call.result_slot)) close(fd);
    }
  }

 private:
  [[nodiscard]] bool closed_by_plan(int slot) const {
    for (const Call& call : plan_.before) {
      if (call.number == SYS_close &&
          call.args[0].value == static_cast<std::uint64_t>(slot)) {
        return true;
      }
    }
    return false;
  }
  const Plan& plan_;
  SharedState* shared_;
};

/// setns(2) to the pid namespace to be joined, for the time of one clone.
class PidNamespaceForClone {
 public:
  static Result<PidNamespaceForClone> enter(const Plan& plan,
                                            const SharedState* shared) {
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
  PidNamespaceForClone(PidNamespaceForClone&&) = default;
  PidNamespaceForClone& operator=(PidNamespaceForClone&&) = delete;
  PidNamespaceForClone(const PidNamespaceForClone&) = delete;
  PidNamespaceForClone& operator=(const PidNamespaceForClone&) = delete;
  ~PidNamespaceForClone() {
    if (own_) static_cast<void>(setns(own_.get(), CLONE_NEWPID));
  }

 private:
  PidNamespaceForClone() = default;
  Fd own_;
};

/// A change of ids in a child that shares memory marks that memory, the
/// caller's, as not dumpable (commit_creds()): put back what was.
class KeepDumpable {
 public:
  KeepDumpable() : before_(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0)) {}
  KeepDumpable(const KeepDumpable&) = delete;
  KeepDumpable& operator=(const KeepDumpable&) = delete;
  ~KeepDumpable() {
    if (before_ == 0 || before_ == 1) {
      prctl(PR_SET_DUMPABLE, before_, 0, 0, 0);
    }
  }

 private:
  int before_;
};

void fill_slots(const Plan& plan, const Cgroup& cgroup, const Pipe& life_line,
                SharedState* shared) {
  for (std::int64_t& slot : shared->slots) slot = -1;
  shared->slots[kSlotLifeRead] = life_line.read_end.get();
  shared->slots[kSlotLifeWrite] = life_line.write_end.get();
  for (const auto& [slot, fd] : plan.prepared) shared->slots[slot] = fd.get();
  if (!plan.cgroup) return;
  for (std::size_t i = 0; i < plan.cgroup->directories.size(); ++i) {
    shared->slots[plan.cgroup->directories[i].slot] = cgroup.join_fd(i);
  }
}

/// The child's exec or death closes the last write end.
void await_end_of_pipe(const Fd& read_end) {
  char byte;
  while (read(read_end.get(), &byte, 1) < 0 && errno == EINTR) {
  }
}

CloneRequest request_for(const Plan& plan, const SharedState* shared) {
  CloneRequest request;
  request.flags = plan.clone_flags;
  request.share_memory = plan.share_memory;
  request.suspend_parent = plan.share_memory && !plan.wait_for_parent;
  if (plan.cgroup && plan.cgroup->into_by_clone) {
    for (const CgroupDirectory& directory : plan.cgroup->directories) {
      if (directory.controller.empty()) {
        request.cgroup_fd = static_cast<int>(shared->slots[directory.slot]);
      }
    }
  }
  return request;
}

/// What only the supervisor may write about the child, while that waits.
Status write_for(const ClonedChild& child, const Plan& plan) {
  if (!plan.write_id_maps && !plan.oom_score_adj) return {};
  const Result<ChildProc> proc = open_child_proc(child);
  if (!proc) return within("userns", proc.error());
  if (plan.write_id_maps) {
    if (Status status = write_id_maps(plan, *proc); !status) return status;
  }
  if (!plan.oom_score_adj) return {};
  Status status = write_file_at(proc->directory.get(), "oom_score_adj",
                                std::to_string(*plan.oom_score_adj));
  if (status) return {};
  Error error = status.error();
  error.remedy = "lowering it takes CAP_SYS_RESOURCE";
  return within("session.oom_score", error);
}

/// Clone, id maps, and the wait for exec. The child is reaped on failure.
Result<ClonedChild> run_child(const Plan& plan, SharedState* shared) {
  const Result<Mapping> stack = Mapping::stack(kStackBytes);
  if (!stack) return tl::unexpected(stack.error());
  child::ChildPlan child_plan = {plan.child.data(), plan.child.size(), shared};
  const CloneRequest request = request_for(plan, shared);
  const KeepDumpable keep_dumpable;
  Result<Pipe> exec_pipe = make_pipe(0);
  if (!exec_pipe) return tl::unexpected(exec_pipe.error());
  Result<ClonedChild> child = [&]() -> Result<ClonedChild> {
    const Result<PidNamespaceForClone> scope =
        PidNamespaceForClone::enter(plan, shared);
    if (!scope) return tl::unexpected(scope.error());
    return clone_child(request, &child_plan, *stack);
  }();
  exec_pipe->write_end.reset();
  if (!child) {
    Error error = child.error();
    error.remedy = "see user.max_*_namespaces and pids limits: bulkhead doctor";
    return tl::unexpected(error);
  }
  if (plan.wait_for_parent) {
    if (const Status status = write_for(*child, plan); !status) {
      kill_and_reap(*child);
      return tl::unexpected(status.error());
    }
    let_go(shared);
  }
  if (!request.suspend_parent) await_end_of_pipe(exec_pipe->read_end);
  if (shared->failure.kind != FailureKind::kNone) {
    kill_and_reap(*child);
    return tl::unexpected(describe_failure(plan, *shared));
  }
  if (shared->reached_exec.load(std::memory_order_acquire) == 0) {
    siginfo_t info{};
    waitid(P_PIDFD, static_cast<id_t>(child->pidfd.get()), &info, WEXITED);
    return tl::unexpected(describe_death(plan, *shared, info));
  }
  return child;
}

}  // namespace

Result<Plan> make_plan(Spec spec, const Host& host) {
  Result<Plan> plan = compile(std::move(spec), host);
  if (!plan || plan->idmap_attributes.empty()) return plan;
  Result<Fd> userns = make_user_namespace(*plan);
  if (!userns) return within("rootfs", userns.error());
  plan->idmap_userns = std::move(*userns);
  for (const std::size_t index : plan->idmap_attributes) {
    auto* attributes =
        reinterpret_cast<mount_attr*>((*plan->bytes)[index].data());
    attributes->userns_fd =
        static_cast<std::uint64_t>(plan->idmap_userns.get());
  }
  return plan;
}

Result<Container> start(const Plan& plan, StartStamps* stamps) {
  if (stamps != nullptr) stamps->called = child::stamp();
  const Result<Mapping> memory = Mapping::shared(sizeof(SharedState));
  if (!memory) return within("start", memory.error());
  auto* shared = new (memory->address()) SharedState{};
  Cgroup cgroup;
  if (plan.cgroup) {
    Result<Cgroup> made = Cgroup::create(*plan.cgroup);
    if (!made) return within("start", made.error());
    cgroup = std::move(*made);
  }
  if (stamps != nullptr) stamps->cgroup = child::stamp();
  Result<Pipe> life_line = make_pipe(O_NONBLOCK);
  if (!life_line) return within("start", life_line.error());
  fill_slots(plan, cgroup, *life_line, shared);
  const OpenedSlots opened(plan, shared);
  if (!child::run_calls(plan.before.data(), plan.before.size(), shared)) {
    return within("start", describe_failure(plan, *shared));
  }
  if (stamps != nullptr) stamps->before = child::stamp();
  Result<ClonedChild> child = run_child(plan, shared);
  if (!child) return within("start", child.error());
  if (stamps != nullptr) {
    stamps->steps.assign(shared->stamps, shared->stamps + plan.steps.size());
  }
  return Container(child->pid, std::move(child->pidfd),
                   std::move(life_line->write_end), std::move(cgroup));
}

}  // namespace bulkhead
