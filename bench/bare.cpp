#include "bench/bare.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <optional>
#include <set>

#include "runtime/base/clone3.h"
#include "runtime/child/child.h"
#include "runtime/plan/builder.h"

namespace bulkhead::bench {
namespace {

constexpr std::size_t kStackBytes = 65536;

/// System calls that only tell or only open: kept where a kept call needs what
/// they return.
constexpr std::array kNoChange = {
    SYS_read,       SYS_openat,    SYS_openat2,   SYS_close,   SYS_fstat,
    SYS_newfstatat, SYS_statx,     SYS_fstatfs,   SYS_statfs,  SYS_readlinkat,
    SYS_getdents64, SYS_lseek,     SYS_getpid,    SYS_getppid, SYS_getuid,
    SYS_getresuid,  SYS_getresgid, SYS_getgroups, SYS_getsid,  SYS_capget,
    SYS_fsopen,     SYS_open_tree, SYS_getrlimit, SYS_getcwd,  SYS_fcntl,
    SYS_faccessat2, SYS_uname};

constexpr std::array kPrctlThatTell = {
    PR_GET_PDEATHSIG,    PR_GET_DUMPABLE,   PR_GET_SECCOMP, PR_CAPBSET_READ,
    PR_GET_NO_NEW_PRIVS, PR_GET_SECUREBITS, PR_GET_KEEPCAPS};

bool changes_something(const Call& call) {
  if (call.op == Op::kAwaitParent || call.op == Op::kExec ||
      call.op == Op::kFillScratch) {  // What a later call points to.
    return true;
  }
  if (call.op != Op::kSyscall && call.op != Op::kExpectValue) return false;
  if (call.number == SYS_prctl) {
    if (call.args[0].value == PR_CAP_AMBIENT) {
      return call.args[1].value != PR_CAP_AMBIENT_IS_SET;
    }
    return std::ranges::none_of(kPrctlThatTell, [&](int option) {
      return call.args[0].value == static_cast<std::uint64_t>(option);
    });
  }
  // With nothing new to set, it tells.
  if (call.number == SYS_prlimit64) return call.args[2].value != 0;
  if (call.number == SYS_rt_sigaction) return call.args[1].value != 0;
  return std::ranges::find(kNoChange, call.number) == kNoChange.end();
}

void add_slots(const Call& call, std::set<std::uint64_t>& slots) {
  for (const Argument& argument : call.args) {
    if (argument.kind == Argument::Kind::kSlot) slots.insert(argument.value);
  }
}

std::string map_text(const std::vector<IdMapping>& mappings) {
  std::string text;
  for (const IdMapping& one : mappings) {
    text += std::to_string(one.container_id) + " " +
            std::to_string(one.host_id) + " " + std::to_string(one.size) + "\n";
  }
  return text;
}

bool put(const std::string& path, const std::string& text) {
  const Fd file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  return file && write(file.get(), text.data(), text.size()) ==
                     static_cast<ssize_t>(text.size());
}

}  // namespace

std::vector<Call> changing_calls(const std::vector<Call>& calls) {
  std::vector<bool> kept(calls.size());
  std::set<std::uint64_t> needed;
  for (std::size_t i = calls.size(); i-- > 0;) {
    const Call& call = calls[i];
    const bool gives =
        call.result_slot >= 0 &&
        needed.contains(static_cast<std::uint64_t>(call.result_slot));
    kept[i] = changes_something(call) || gives;
    if (kept[i]) add_slots(call, needed);
  }
  std::vector<Call> result;
  std::set<std::uint64_t> open;
  std::optional<std::uint16_t> needless;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    Call call = calls[i];
    // The rest of such a step only undoes what careless callers do.
    if (call.op == Op::kDoneIfLine) needless = call.step;
    if (needless == call.step) continue;
    const bool closes = call.op == Op::kSyscall && call.number == SYS_close &&
                        call.args[0].kind == Argument::Kind::kSlot &&
                        open.contains(call.args[0].value);
    if (!kept[i] && !closes) continue;
    if (call.op == Op::kExpectValue) call.op = Op::kSyscall;
    if (call.result_slot >= 0) {
      open.insert(static_cast<std::uint64_t>(call.result_slot));
    }
    result.push_back(call);
  }
  return result;
}

BareStart::BareStart(const Ground& ground, Plan plan)
    : ground_(&ground),
      plan_(std::move(plan)),
      child_(changing_calls(plan_.child)),
      uid_map_(map_text(plan_.spec.uid_mappings)),
      gid_map_(map_text(plan_.spec.gid_mappings)),
      stack_(std::make_unique<char[]>(kStackBytes)) {
  if (!plan_.cgroup) return;
  for (const CgroupDirectory& directory : plan_.cgroup->directories) {
    const std::string path = directory.mount_point + "/" + directory.path;
    directories_.push_back(path);
    for (const CgroupWrite& write : plan_.cgroup->writes) {
      if (write.controller != directory.controller &&
          !directory.controller.empty()) {
        continue;
      }
      writes_.push_back({path + "/" + write.file, write.value});
    }
  }
}

Result<BareStart> BareStart::make(const Ground& ground, Plan plan) {
  if (!plan.share_memory || !plan.wait_for_parent) {
    return fail("the bare start shares memory and waits for its id maps only");
  }
  if (plan.cgroup && (!plan.cgroup->device_program.empty() ||
                      !plan.cgroup->delegated.empty())) {
    return fail(
        "the bare start does neither load a device program nor leave "
        "its own cgroup");
  }
  return BareStart(ground, std::move(plan));
}

bool BareStart::make_cgroups() {
  bool all = true;
  for (const std::string& path : directories_) {
    all = mkdir(path.c_str(), 0755) == 0 && all;
  }
  for (std::size_t i = 0; i < directories_.size(); ++i) {
    const CgroupDirectory& directory = plan_.cgroup->directories[i];
    const bool into = plan_.cgroup->into_by_clone;
    const std::string path =
        directories_[i] + (into ? "" : "/" + directory.join_file);
    shared_->slots[directory.slot] =
        open(path.c_str(), (into ? O_PATH : O_WRONLY) | O_CLOEXEC);
  }
  return all;
}

void BareStart::remove_cgroups() const {
  for (const std::string& path : directories_) rmdir(path.c_str());
}

long BareStart::clone(void* child_plan) {
  clone_args arguments{};
  arguments.flags = plan_.clone_flags | CLONE_VM | CLONE_CLEAR_SIGHAND;
  arguments.exit_signal = SIGCHLD;
  if (plan_.cgroup && plan_.cgroup->into_by_clone) {
    arguments.flags |= CLONE_INTO_CGROUP;
    arguments.cgroup = static_cast<std::uint64_t>(
        shared_->slots[plan_.cgroup->directories.front().slot]);
  }
  return clone3_onto(&arguments, sizeof arguments, stack_.get() + kStackBytes,
                     child::child_main, child_plan);
}

/// Beside the child, as the start that is measured does it.
bool BareStart::serve_waiting(long pid) {
  const std::string proc = "/proc/" + std::to_string(pid);
  const Fd userns(open((proc + "/ns/user").c_str(), O_RDONLY | O_CLOEXEC));
  shared_->slots[kSlotUserns] = userns.get();
  return put(proc + "/uid_map", uid_map_) && put(proc + "/gid_map", gid_map_) &&
         userns &&
         child::run_calls(plan_.beside.data(), plan_.beside.size(),
                          shared_.get()) &&
         std::ranges::all_of(writes_, [](const CgroupFile& write) {
           return put(write.path, write.value);
         });
}

/// The calls before clone, and the cgroups, left descriptors behind.
void BareStart::close_slots() const {
  std::set<std::int16_t> closed;
  for (const Call& call : plan_.before) {
    if (call.number == SYS_close) {
      closed.insert(static_cast<std::int16_t>(call.args[0].value));
    }
  }
  for (const Call& call : plan_.before) {
    if (call.result_slot < 0 || !closed.insert(call.result_slot).second) {
      continue;
    }
    close(static_cast<int>(shared_->slots[call.result_slot]));
  }
  if (!plan_.cgroup) return;
  for (const CgroupDirectory& directory : plan_.cgroup->directories) {
    close(static_cast<int>(shared_->slots[directory.slot]));
  }
}

Result<Times> BareStart::once() {
  shared_->go = 0;
  shared_->failure = {};
  for (std::int64_t& slot : shared_->slots) slot = -1;
  for (std::int32_t& stream : shared_->streams) stream = -1;
  for (const auto& [slot, fd] : plan_.prepared) shared_->slots[slot] = fd.get();
  child::ChildPlan plan = {child_.data(), child_.size(), shared_.get()};

  const std::uint64_t begin = stamp();
  bool done = make_cgroups();
  done = child::run_calls(plan_.before.data(), plan_.before.size(),
                          shared_.get()) &&
         done;
  const long pid = done ? clone(&plan) : -1;
  if (pid > 0) done = serve_waiting(pid);
  // Also after a failure: whoever waits must end.
  if (pid > 0 && !done) kill(static_cast<pid_t>(pid), SIGKILL);
  shared_->go = 1;
  syscall(SYS_futex, &shared_->go, FUTEX_WAKE, 1, nullptr, nullptr, 0);
  int status = -1;
  while (pid > 0 && waitpid(static_cast<pid_t>(pid), &status, 0) < 0 &&
         errno == EINTR) {
  }
  remove_cgroups();
  const std::uint64_t end = stamp();

  // A change of ids in shared memory made this process undumpable.
  prctl(PR_SET_DUMPABLE, 1);
  close_slots();
  const Result<Record> record = ground_->records.take(expected_of(plan_.spec));
  if (!done || status != 0) {
    return fail(
        "the bare start failed at " + plan_.steps[shared_->failure.step].name,
        shared_->failure.error);
  }
  if (!record) return tl::unexpected(record.error());
  return Times{.first = ground_->us(begin, record->stamp),
               .total = ground_->us(begin, end)};
}

}  // namespace bulkhead::bench
