// timens: made by unshare(2), its clocks set, then entered: at exec, or by
// setns(2).
#include <fcntl.h>
#include <sys/syscall.h>

#include <array>
#include <cstdio>

#include "runtime/plan/builder.h"

namespace bulkhead {
namespace {

std::string offset_line(const char* clock, const ClockOffset& offset) {
  return std::string(clock) + " " + std::to_string(offset.seconds) + " " +
         std::to_string(offset.nanoseconds) + "\n";
}

bool entered_at_exec(const Builder& builder) {
  const bool with_userns = builder.is_new(NamespaceKind::kUser);
  TimeNamespaceTry* begun = builder.host.time_try.get();
  if (begun != nullptr && begun->with_user_namespace() == with_userns) {
    return begun->entered();
  }
  return TimeNamespaceTry(with_userns).entered();
}

/// As /proc/PID/timens_offsets shows it (kernel/time/namespace.c).
std::string shown_offset(const char* clock, const ClockOffset& offset) {
  std::array<char, 64> line{};
  std::snprintf(line.data(), line.size(), "%-10s %10lld %9lld", clock,
                static_cast<long long>(offset.seconds),
                static_cast<long long>(offset.nanoseconds));
  return line.data();
}

/// What was written, read back.
void read_offsets_back(Builder& builder, StepBuilder& step) {
  step.read_file(builder.proc_slot, "self/timens_offsets",
                 "read back the clock offsets");
  if (builder.spec.monotonic_offset) {
    step.scratch_has_line(
        shown_offset("monotonic", *builder.spec.monotonic_offset));
  }
  if (builder.spec.boottime_offset) {
    step.scratch_has_line(
        shown_offset("boottime", *builder.spec.boottime_offset));
  }
}

}  // namespace

Status plan_timens(Builder& builder) {
  if (!builder.is_new(NamespaceKind::kTime)) return {};
  if (!builder.host.time_namespaces) {
    return builder.lacks("timens", "this kernel has no time namespaces",
                         "use Linux 5.6 or newer with CONFIG_TIME_NS");
  }
  // A child that shares memory enters the namespace at exec, where the kernel
  // can do that (2b5f9dad32ed, 6.3); elsewhere it must have its own memory and
  // join by hand.
  const bool at_exec = builder.plan.share_memory && entered_at_exec(builder);
  if (!at_exec) builder.plan.share_memory = false;
  StepBuilder step = builder.step(
      "timens.offsets", Boundary::kTimens, Side::kChild,
      "The offsets are written before any process is in the namespace.");
  step.call(SYS_unshare, "unshare(CLONE_NEWTIME)", {value(kCloneNewtime)})
      .shell("--time");
  std::string lines;
  if (builder.spec.monotonic_offset) {
    lines += offset_line("monotonic", *builder.spec.monotonic_offset);
  }
  if (builder.spec.boottime_offset) {
    lines += offset_line("boottime", *builder.spec.boottime_offset);
  }
  if (!lines.empty()) {
    const int slot = builder.slot();
    const auto length = static_cast<std::int64_t>(lines.size());
    step.call(
            SYS_openat, "open /proc/self/timens_offsets",
            {slot_value(builder.proc_slot), builder.text("self/timens_offsets"),
             value(O_WRONLY | O_CLOEXEC)})
        .into(slot)
        .call(SYS_write, "write the clock offsets",
              {slot_value(slot), builder.text(lines), value(length)})
        .call(SYS_close, "close", {slot_value(slot)});
    read_offsets_back(builder, step);
  }
  if (!at_exec) {
    const int slot = builder.slot();
    step.call(SYS_openat, "open /proc/self/ns/time_for_children",
              {slot_value(builder.proc_slot),
               builder.text("self/ns/time_for_children"),
               value(O_RDONLY | O_CLOEXEC)})
        .into(slot)
        .call(SYS_setns, "setns(CLONE_NEWTIME)",
              {slot_value(slot), value(kCloneNewtime)})
        .call(SYS_close, "close", {slot_value(slot)});
  }
  return {};
}

}  // namespace bulkhead
