// fds, and the last look before exec: the mount table, the descriptors, the
// seccomp mode. Whatever lied on the way shows here.
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "runtime/plan/builder.h"

namespace bulkhead {
namespace {

constexpr std::int64_t kCloseRangeCloexec = 4;

/// Before CLOSE_RANGE_CLOEXEC.
void set_one_by_one(Builder& builder, StepBuilder& step) {
  const int slot = builder.slot();
  step.call(SYS_openat, "open(/proc/self/fd)",
            {slot_value(builder.proc_slot), builder.text("self/fd"),
             value(O_RDONLY | O_DIRECTORY | O_CLOEXEC)})
      .into(slot)
      .special(Op::kSetCloseOnExec,
               "fcntl(F_SETFD, FD_CLOEXEC) on every one above 2",
               slot_value(slot))
      .call(SYS_close, "close", {slot_value(slot)});
}

/// A stream that is closed is as good as one that is no directory.
void plan_standard_streams(Builder& builder) {
  StepBuilder step = builder.step(
      "fds.streams", Boundary::kFds, Side::kChild,
      "A directory outside is a way out by its '..', and no stream.",
      "give a file, a pipe or /dev/null as standard input, output and error");
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    step.call(SYS_openat,
              "descriptor " + std::to_string(fd) + " is no directory",
              {value(fd), builder.text("."), value(O_PATH | O_CLOEXEC)})
        .tolerate(ENOTDIR, EBADF)
        .expect(-1)
        .shell("[ ! -d /proc/self/fd/" + std::to_string(fd) + " ]");
  }
}

}  // namespace

void plan_fds(Builder& builder) {
  if (!builder.spec.session.close_fds) return;
  plan_standard_streams(builder);
  StepBuilder step = builder.step(
      "fds.close", Boundary::kFds, Side::kChild,
      "No descriptor of the caller's arrives: CVE-2024-21626, CVE-2016-9962.");
  if (builder.host.close_range_cloexec) {
    // Closed at once, what lies far above the others costs the check nothing.
    step.close_above("close_range(above the start's own, max)")
        .call(SYS_close_range, "close_range(3, max, CLOSE_RANGE_CLOEXEC)",
              {value(3), value(0xffffffff), value(kCloseRangeCloexec)});
  } else {
    set_one_by_one(builder, step);
  }
  step.descriptors(builder.proc_slot);
  step.shell("exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-");
}

void plan_readback(Builder& builder) {
  if (builder.spec.rootfs.pivot) {
    const int slot = builder.slot();
    builder
        .step("rootfs.verify", Boundary::kRootfs, Side::kChild,
              "A closed world: a mount nobody planned is as wrong as one that "
              "is missing.")
        .call(SYS_openat, "open(/proc/self/mountinfo)",
              {slot_value(builder.proc_slot), builder.text("self/mountinfo"),
               value(O_RDONLY | O_CLOEXEC)})
        .into(slot)
        .mount_table(slot, builder.mounts)
        .call(SYS_close, "close", {slot_value(slot)});
  }
}

}  // namespace bulkhead
