// The interpreter of the flat plan.
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/mount.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstring>

#include "runtime/base/syscall.h"
#include "runtime/child/child.h"

namespace bulkhead::child {

std::uint64_t resolve(const Argument& argument, SharedState* shared) {
  switch (argument.kind) {
    case Argument::Kind::kValue:
      return argument.value;
    case Argument::Kind::kSlot:
      return static_cast<std::uint64_t>(shared->slots[argument.value]);
    case Argument::Kind::kScratch:
      return reinterpret_cast<std::uint64_t>(shared->scratch + argument.value);
  }
  return 0;
}

namespace {

bool give_up(const Call& call, FailureKind kind, std::int64_t error,
             SharedState* shared) {
  shared->failure = {kind, call.step, call.number_in_step,
                     static_cast<std::int32_t>(error)};
  return false;
}

/// Reads the whole of `fd` into scratch, NUL-terminated. Negative: errno.
std::int64_t read_whole(std::int64_t fd, SharedState* shared) {
  std::size_t used = 0;
  while (used < kScratchBytes - 1) {
    const std::int64_t got =
        raw_syscall(SYS_read, static_cast<std::uint64_t>(fd),
                    reinterpret_cast<std::uint64_t>(shared->scratch + used),
                    kScratchBytes - 1 - used);
    if (got == -EINTR) continue;
    if (got < 0) return got;
    if (got == 0) break;
    used += static_cast<std::size_t>(got);
  }
  shared->scratch[used] = '\0';
  return static_cast<std::int64_t>(used);
}

}  // namespace

std::int64_t read_into_scratch(std::int64_t directory_fd, std::uint64_t name,
                               SharedState* shared) {
  const std::int64_t fd =
      raw_syscall(SYS_openat, static_cast<std::uint64_t>(directory_fd), name,
                  O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (fd < 0) return fd;
  const std::int64_t result = read_whole(fd, shared);
  raw_syscall(SYS_close, static_cast<std::uint64_t>(fd));
  return result;
}

namespace {

void fill_scratch(const Call& call, SharedState* shared) {
  const auto number = static_cast<std::uint32_t>(resolve(call.args[0], shared));
  memcpy(shared->scratch, call.bytes, call.bytes_length);
  memcpy(shared->scratch + call.bytes_length, &number, sizeof number);
}

bool scratch_starts_with(const Call& call, const SharedState* shared) {
  const std::size_t offset = static_cast<std::size_t>(call.expected);
  return offset + call.bytes_length < kScratchBytes &&
         memcmp(shared->scratch + offset, call.bytes, call.bytes_length) == 0;
}

/// Whether [line, line_end) is `bytes` of the call, and the suffix if asked
/// for.
bool is_line(const Call& call, const char* line, const char* line_end,
             const SharedState* shared) {
  const std::size_t suffix = call.suffixed ? strlen(shared->cgroup_suffix) : 0;
  return static_cast<std::size_t>(line_end - line) ==
             call.bytes_length + suffix &&
         memcmp(line, call.bytes, call.bytes_length) == 0 &&
         memcmp(line + call.bytes_length, shared->cgroup_suffix, suffix) == 0;
}

bool scratch_has_line(const Call& call, const SharedState* shared) {
  const char* line = shared->scratch;
  const char* end = shared->scratch + strlen(shared->scratch);
  while (line < end) {
    const char* line_end = line;
    while (line_end < end && *line_end != '\n') ++line_end;
    if (is_line(call, line, line_end, shared)) return true;
    line = line_end + 1;
  }
  return false;
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n'; }

/// Whether scratch starts with the words of the call, whatever stands between
/// them: a sysctl is written with spaces and read with tabs.
bool scratch_has_words(const Call& call, const SharedState* shared) {
  const char* at = shared->scratch;
  const char* word = call.bytes;
  const char* end = call.bytes + call.bytes_length;
  for (;;) {
    while (word < end && is_space(*word)) ++word;
    while (is_space(*at)) ++at;
    if (word == end) return true;
    for (; word < end && !is_space(*word); ++word, ++at) {
      if (*at != *word) return false;  // also where scratch has ended
    }
    if (*at != '\0' && !is_space(*at)) return false;
  }
}

std::int64_t idmap(const Call& call, SharedState* shared) {
  mount_attr attributes;
  attributes.attr_set = MOUNT_ATTR_IDMAP;
  attributes.attr_clr = 0;
  attributes.propagation = 0;
  attributes.userns_fd = resolve(call.args[1], shared);
  return raw_syscall(SYS_mount_setattr, resolve(call.args[0], shared),
                     reinterpret_cast<std::uint64_t>(""), AT_EMPTY_PATH,
                     reinterpret_cast<std::uint64_t>(&attributes),
                     sizeof attributes);
}

/// Sleeps until the parent says go; a parent that died wakes nobody, but then
/// PDEATHSIG ends this process.
void await_parent(SharedState* shared) {
  while (shared->go.load(std::memory_order_acquire) == 0) {
    raw_syscall(SYS_futex, reinterpret_cast<std::uint64_t>(&shared->go),
                FUTEX_WAIT, 0, 0);
  }
}

std::int64_t make_call(const Call& call, SharedState* shared) {
  return raw_syscall(
      call.number, resolve(call.args[0], shared), resolve(call.args[1], shared),
      resolve(call.args[2], shared), resolve(call.args[3], shared),
      resolve(call.args[4], shared), resolve(call.args[5], shared));
}

std::int64_t execute(const Call& call, SharedState* shared) {
  const std::uint64_t argv = shared->argv;
  const std::uint64_t envp = shared->envp;
  return raw_syscall(call.number, resolve(call.args[0], shared),
                     argv != 0 ? argv : resolve(call.args[1], shared),
                     envp != 0 ? envp : resolve(call.args[2], shared));
}

/// The result of `call`: 0 or more, or a negative errno; sets `mismatch` when
/// the kernel's answer is not the plan's.
std::int64_t perform(const Call& call, SharedState* shared, bool* mismatch) {
  switch (call.op) {
    case Op::kSyscall:
      return make_call(call, shared);
    case Op::kExpectValue: {
      const std::int64_t result = make_call(call, shared);
      *mismatch = result >= 0 && result != call.expected;
      return result;
    }
    case Op::kExpectSlot: {
      const std::int64_t result = make_call(call, shared);
      *mismatch = result >= 0 && result != shared->slots[call.expected];
      return result;
    }
    case Op::kReadFile:
      return read_into_scratch(
          static_cast<std::int64_t>(resolve(call.args[0], shared)),
          resolve(call.args[1], shared), shared);
    case Op::kFillScratch:
      fill_scratch(call, shared);
      return 0;
    case Op::kScratchEquals:
      *mismatch = !scratch_starts_with(call, shared);
      return 0;
    case Op::kScratchDiffers:
      *mismatch = scratch_starts_with(call, shared);
      return 0;
    case Op::kScratchHasLine:
      *mismatch = !scratch_has_line(call, shared);
      return 0;
    case Op::kScratchHasWords:
      *mismatch = !scratch_has_words(call, shared);
      return 0;
    case Op::kDoneIfLine:
      return scratch_has_line(call, shared) ? 1 : 0;
    case Op::kMountTable:
      *mismatch = !mount_table_matches(
          static_cast<int>(resolve(call.args[0], shared)), call, shared);
      return 0;
    case Op::kDescriptors:
      *mismatch = !descriptors_close_on_exec(call, shared);
      return 0;
    case Op::kCloseAbove:
      return close_above(call, shared);
    case Op::kSetCloseOnExec:
      *mismatch = !set_close_on_exec(
          static_cast<int>(resolve(call.args[0], shared)), shared);
      return 0;
    case Op::kIdmap:
      return idmap(call, shared);
    case Op::kAwaitParent:
      await_parent(shared);
      return 0;
    case Op::kExec:
      shared->reached_exec.store(1, std::memory_order_release);
      // Nobody comes back from an exec that worked.
      *mismatch = true;
      return execute(call, shared);
  }
  return -EINVAL;
}

/// Whether what follows in the step of `call` is not needed.
bool ends_step(const Call& call, std::int64_t result) {
  return call.op == Op::kDoneIfLine
             ? result > 0
             : result < 0 && call.on_tolerated == OnTolerated::kNextStep;
}

bool tolerates(const Call& call, std::int64_t result) {
  return (call.tolerated[0] != 0 && result == -call.tolerated[0]) ||
         (call.tolerated[1] != 0 && result == -call.tolerated[1]);
}

}  // namespace

bool run_calls(const Call* calls, std::size_t length, SharedState* shared) {
  for (std::size_t i = 0; i < length; ++i) {
    const Call& call = calls[i];
    bool mismatch = false;
    const std::int64_t result = perform(call, shared, &mismatch);
    if (mismatch && result >= 0) {
      return give_up(call, FailureKind::kMismatch, result, shared);
    }
    if (result < 0) {
      if (!tolerates(call, result)) {
        return give_up(call, FailureKind::kErrno, -result, shared);
      }
    } else if (call.result_slot >= 0) {
      shared->slots[call.result_slot] = result;
    }
    if (ends_step(call, result)) {
      while (i + 1 < length && calls[i + 1].step == call.step) ++i;
    }
    if (i + 1 == length || calls[i + 1].step != call.step) {
      shared->stamps[call.step] = stamp();
    }
  }
  return true;
}

namespace {

/// The plan up to execve. Coming back at all means that it did not start.
void run_plan(const ChildPlan& plan) {
  SharedState* shared = plan.shared;
  const Call* calls = plan.calls;
  if (!take_streams(*shared)) {
    give_up(calls[0], FailureKind::kHandover, 0, shared);
    return;
  }
  if (plan.park_at >= plan.calls_length) {
    static_cast<void>(run_calls(calls, plan.calls_length, shared));
    return;
  }
  const Call& next = calls[plan.park_at];
  if (!close_others(*shared)) {
    give_up(calls[0], FailureKind::kHandover, 0, shared);
    return;
  }
  if (!run_calls(calls, plan.park_at, shared)) return;
  const bool armed =
      !plan.arm_lifeline ||
      raw_syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0;
  if (!armed || !park(plan.park_fd)) {
    give_up(next, FailureKind::kHandover, 0, shared);
    return;
  }
  static_cast<void>(run_calls(&next, plan.calls_length - plan.park_at, shared));
}

}  // namespace

void child_main(void* argument) {
  run_plan(*static_cast<const ChildPlan*>(argument));
  for (;;) raw_syscall(SYS_exit_group, 125);
}

}  // namespace bulkhead::child
