#include "runtime/parent/pending_start.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "runtime/base/syscall.h"
#include "runtime/parent/caller_state.h"
#include "runtime/parent/channel.h"
#include "runtime/parent/child_proc.h"
#include "runtime/parent/failure.h"
#include "runtime/parent/hand_over.h"
#include "runtime/parent/opened_slots.h"
#include "runtime/parent/park_place.h"
#include "runtime/parent/waiting_child.h"
#include "runtime/plan/builder.h"

namespace bulkhead {
namespace {

CloneRequest request_for(const Plan& plan, const SharedState* shared,
                         bool parked) {
  CloneRequest request;
  request.flags = plan.clone_flags;
  request.share_memory = plan.share_memory;
  request.suspend_parent =
      plan.share_memory && !plan.wait_for_parent && !parked;
  if (plan.cgroup && plan.cgroup->into_by_clone) {
    for (const CgroupDirectory& directory : plan.cgroup->directories) {
      if (directory.controller.empty()) {
        request.cgroup_fd = static_cast<int>(shared->slots[directory.slot]);
      }
    }
  }
  return request;
}

/// A user must be able to write the id maps of its own child: in a new user
/// namespace nobody but that user can trace it.
Memory memory_of(const Plan& plan) {
  return geteuid() != 0 && plan.write_id_maps ? Memory::kAsItIs
                                              : Memory::kHidden;
}

}  // namespace

PendingStart::~PendingStart() {
  if (child_) kill_and_reap(*child_);
}

Result<PendingStart> PendingStart::begin(const Plan& plan,
                                         const BeginOptions& options) {
  PendingStart start(plan);
  if (Status status = start.prepare(options); !status) {
    return within("start", status.error());
  }
  return start;
}

Status PendingStart::prepare(const BeginOptions& options) {
  if (options.stamps != nullptr) options.stamps->called = stamp();
  const Result<ClosedStreams> streams = ClosedStreams::take();
  if (!streams) return tl::unexpected(streams.error());
  Result<StartMemory> memory = StartMemory::map(!plan_->share_memory);
  if (!memory) return tl::unexpected(memory.error());
  memory_ = std::move(*memory);
  SharedState* shared = memory_.state();
  if (options.cgroup_suffix.size() >= kSuffixBytes) {
    return fail("cgroup suffix " + options.cgroup_suffix + " is too long", 0,
                "at most 31 characters");
  }
  options.cgroup_suffix.copy(shared->cgroup_suffix, kSuffixBytes - 1);
  if (plan_->cgroup) {
    Result<Cgroup> made = Cgroup::create(*plan_->cgroup, options.cgroup_suffix);
    if (!made) return tl::unexpected(made.error());
    cgroup_ = std::move(*made);
    if (!plan_->wait_for_parent) {
      if (Status limited = cgroup_.limit(*plan_->cgroup); !limited) {
        return limited;
      }
    }
  }
  if (options.stamps != nullptr) options.stamps->cgroup = stamp();
  Result<Channel> life_line = make_pipe(O_NONBLOCK);
  if (!life_line) return tl::unexpected(life_line.error());
  life_read_ = std::move(life_line->first);
  life_line_ = std::move(life_line->second);
  std::fill_n(shared->slots, plan_->slots_used, -1);
  std::fill_n(shared->streams, kStreams, -1);
  shared->slots[kSlotLifeRead] = life_read_.get();
  shared->slots[kSlotLifeWrite] = life_line_.get();
  for (const auto& [slot, fd] : plan_->prepared) shared->slots[slot] = fd.get();
  for (std::size_t i = 0;
       plan_->cgroup && i < plan_->cgroup->directories.size(); ++i) {
    shared->slots[plan_->cgroup->directories[i].slot] = cgroup_.join_fd(i);
  }
  OpenedSlots opened(*plan_, shared);
  if (!child::run_calls(plan_->before.data(), plan_->before.size(), shared)) {
    opened.stopped_by(shared->failure);
    return tl::unexpected(describe_failure(*plan_, *shared));
  }
  if (options.stamps != nullptr) options.stamps->before = stamp();
  Status status = clone(options);
  if (status) life_read_.reset();
  return status;
}

void PendingStart::list_kept(int exec_fd, int park_fd) {
  SharedState* shared = memory_.state();
  std::int32_t* end = shared->keep;
  for (int slot = 0; slot < plan_->slots_used; ++slot) {
    const auto fd = static_cast<std::int32_t>(shared->slots[slot]);
    if (fd >= kStreams && !closed_by(plan_->before, slot)) *end++ = fd;
  }
  *end++ = exec_fd;
  *end++ = park_fd;
  std::sort(shared->keep, end);
  end = std::unique(shared->keep, end);
  shared->keep_length = static_cast<std::int32_t>(end - shared->keep);
}

Status PendingStart::clone(const BeginOptions& options) {
  SharedState* shared = memory_.state();
  child_plan_ = std::make_unique<child::ChildPlan>();
  *child_plan_ = {plan_->child.data(), plan_->child.size(), shared};
  const bool parked = options.park_at != ParkAt::kNowhere;
  Result<Channel> exec_pipe = make_pipe(0);
  if (!exec_pipe) return tl::unexpected(exec_pipe.error());
  Fd park_end;
  if (parked) {
    const auto index = park_index(*plan_, options.park_at);
    if (!index) return fail("this plan has no place to park at");
    Result<Channel> sockets = make_socket();
    if (!sockets) return tl::unexpected(sockets.error());
    park_socket_ = std::move(sockets->first);
    park_end = std::move(sockets->second);
    child_plan_->park_at = *index;
    child_plan_->park_fd = park_end.get();
    child_plan_->arm_lifeline = options.park_at != ParkAt::kExec;
    list_kept(exec_pipe->second.get(), park_end.get());
  }
  shared->highest = std::max(exec_pipe->second.get(), park_end.get());
  StreamCopies copies;
  if (options.request != nullptr) {
    if (Status status = set_request(*options.request); !status) {
      return status;
    }
    if (Status status = copies.make(*options.request, shared); !status) {
      return status;
    }
  }
  const CloneRequest request = request_for(*plan_, shared, parked);
  auto mark = MemoryMark::set(memory_of(*plan_));
  if (!mark) return tl::unexpected(mark.error());
  if (geteuid() == 0) mark_ = std::move(*mark);
  Result<ClonedChild> child = [&]() -> Result<ClonedChild> {
    const Result<PidNamespaceForClone> scope =
        PidNamespaceForClone::enter(*plan_, shared);
    if (!scope) return tl::unexpected(scope.error());
    return clone_child(request, child_plan_.get(), memory_);
  }();
  if (!child) {
    Error error = child.error();
    error.remedy = "see user.max_*_namespaces and pids limits: bulkhead doctor";
    return tl::unexpected(error);
  }
  child_ = std::make_unique<ClonedChild>(std::move(*child));
  if (options.stamps != nullptr) options.stamps->cloned = stamp();
  exec_pipe->second.reset();
  park_end.reset();
  exec_read_ = std::move(exec_pipe->first);
  if (plan_->wait_for_parent) {
    if (Status status = serve_waiting(*child_, *plan_, cgroup_, shared);
        !status) {
      // A child that failed before it came to wait has no /proc to write to.
      if (shared->failure.kind == FailureKind::kNone) return status;
      return tl::unexpected(reap_failed());
    }
    let_go(shared);
    if (options.stamps != nullptr) options.stamps->served = stamp();
  }
  if (parked) return until_parked();
  if (!request.suspend_parent) {
    if (Status ended = await_exec(); !ended) return ended;
  }
  exec_read_.reset();
  return {};
}

Status PendingStart::await_exec() {
  const Result<ssize_t> heard = hear(exec_read_, park_socket_ ? kParkMs : -1);
  if (!heard) return tl::unexpected(heard.error());
  return {};
}

Error PendingStart::reap_failed() {
  // One that said nothing is about to end; it may also have been told so by a
  // call that lies.
  const siginfo_t info = kill_and_reap(*child_);
  child_.reset();
  const SharedState& shared = *memory_.state();
  return shared.failure.kind != FailureKind::kNone
             ? describe_failure(*plan_, shared)
             : describe_death(*plan_, shared, info);
}

Fd PendingStart::mount_namespace() const {
  Result<Fd> opened = open_child_namespace(*child_, "mnt");
  return opened ? std::move(*opened) : Fd();
}

Status PendingStart::until_parked() {
  const Result<ssize_t> heard = hear(park_socket_, kParkMs);
  if (!heard) return tl::unexpected(heard.error());
  if (*heard != 1) return tl::unexpected(reap_failed());
  cgroup_.close_join_files();
  return {};
}

Status PendingStart::set_request(const StartRequest& request) {
  if (request.arguments.empty() && !request.environment) return {};
  if (Status status = check_arguments(request, *plan_); !status) return status;
  SharedState* shared = memory_.state();
  WordTables tables(memory_.words());
  if (!request.arguments.empty()) shared->argv = tables.add(request.arguments);
  if (request.environment) shared->envp = tables.add(*request.environment);
  if (tables.full()) {
    return fail("start: arguments and environment are too long", E2BIG,
                "together at most 256 KiB, 8 bytes a word included",
                ErrorKind::kUsage);
  }
  return {};
}

Result<Container> PendingStart::release(const StartRequest& request) {
  // On the way it changes ids.
  const auto mark = MemoryMark::set(Memory::kAsItIs);
  if (!mark) return tl::unexpected(mark.error());
  if (Status status = set_request(request); !status) {
    return tl::unexpected(status.error());
  }
  if (Status status = send_streams(park_socket_, request); !status) {
    return tl::unexpected(status.error());
  }
  return finish();
}

Result<Container> PendingStart::finish(StartStamps* stamps) {
  SharedState* shared = memory_.state();
  if (exec_read_) {
    if (Status ended = await_exec(); !ended) {
      return within("start", ended.error());
    }
  }
  if (shared->failure.kind != FailureKind::kNone ||
      shared->reached_exec.load(std::memory_order_acquire) == 0) {
    return within("start", reap_failed());
  }
  if (stamps != nullptr) {
    stamps->steps.assign(shared->stamps, shared->stamps + plan_->steps.size());
  }
  ClonedChild child = std::move(*child_);
  child_.reset();
  cgroup_.close_join_files();
  return Container(child.pid, std::move(child.pidfd), std::move(life_line_),
                   std::move(cgroup_));
}

}  // namespace bulkhead
