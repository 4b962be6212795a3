// seccomp: the filter is finished before the clone; the child only hands it to
// the kernel.
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/file.h"
#include "runtime/base/text.h"
#include "runtime/plan/builder.h"
#include "runtime/plan/seccomp_builtin.h"
#include "runtime/plan/seccomp_compile.h"
#include "runtime/plan/seccomp_multiplexed.h"
#include "runtime/plan/seccomp_overruled.h"

namespace bulkhead {

namespace {

/// The filter, which lives as long as the plan, and what is to be said of its
/// policy.
struct Filter {
  sock_fprog program;
  std::vector<std::string> notes;
};

Result<Filter> filter_of(Builder& builder) {
  const Seccomp& policy = *builder.spec.seccomp;
  if (const auto filter = builtin_filter(policy)) {
    return Filter{{static_cast<unsigned short>(filter->size()),
                   const_cast<sock_filter*>(filter->data())},
                  multiplexer_notes(policy)};
  }
  Result<std::string> program = compile_seccomp(policy);
  if (!program) return tl::unexpected(program.error());
  std::vector<std::string> notes = overruled_notes(policy);
  std::ranges::move(multiplexer_notes(without_overruled(policy)),
                    std::back_inserter(notes));
  const std::size_t length = program->size() / sizeof(sock_filter);
  return Filter{{static_cast<unsigned short>(length),
                 reinterpret_cast<sock_filter*>(
                     const_cast<char*>(builder.keep(std::move(*program))))},
                std::move(notes)};
}

/// How many filters this process already has; they are the child's as well.
/// -1: the kernel does not count (before 5.9).
int inherited_filters() {
  if (prctl(PR_GET_SECCOMP) != SECCOMP_MODE_FILTER) return 0;
  constexpr std::string_view kField = "Seccomp_filters:\t";
  const auto status = read_file("/proc/self/status");
  if (!status) return -1;
  for (const std::string_view line : split(*status, '\n')) {
    if (line.starts_with(kField)) {
      return number_in<int>(line.substr(kField.size())).value_or(-1);
    }
  }
  return -1;
}

/// With a filter around, the mode says nothing about the one that was loaded:
/// there must be one more.
void count_filters(StepBuilder& step, const Builder& builder) {
  constexpr std::int64_t kStatusBytes = 8192;
  step.call(SYS_read, "read(/proc/self/status)",
            {slot_value(builder.status_slot), scratch(), value(kStatusBytes)})
      // A filter that refuses the question has answered it.
      .or_next_step(EPERM, ENOSYS)
      .scratch_has_line("Seccomp_filters:\t" +
                        std::to_string(builder.inherited_filters + 1));
}

}  // namespace

void plan_filter_count(Builder& builder) {
  if (!builder.spec.seccomp) return;
  builder.inherited_filters = inherited_filters();
  if (builder.inherited_filters <= 0) return;
  builder.status_slot = builder.slot();
  builder
      .step("session.status", Boundary::kSession, Side::kChild,
            "This program runs under a filter itself: whether its own was "
            "loaded on top is read last, when nothing can be opened any more.")
      .call(SYS_openat, "open(/proc/self/status)",
            {slot_value(builder.proc_slot), builder.text("self/status"),
             value(O_RDONLY | O_CLOEXEC)})
      .into(builder.status_slot);
}

Status plan_seccomp(Builder& builder) {
  if (!builder.spec.seccomp) return {};
  Result<Filter> filter = filter_of(builder);
  if (!filter) return tl::unexpected(filter.error());
  const sock_fprog& header = filter->program;
  StepBuilder step = builder.step(
      "seccomp.load", Boundary::kSeccomp, Side::kChild,
      "The last act: nothing after it needs a call that the workload must not "
      "make.",
      "see kernel support with `bulkhead doctor`; without no_new_privs it "
      "takes "
      "CAP_SYS_ADMIN");
  step.call(SYS_seccomp,
            "seccomp(SECCOMP_SET_MODE_FILTER, " + std::to_string(header.len) +
                " instructions)",
            {value(SECCOMP_SET_MODE_FILTER), value(0),
             builder.text(std::string(reinterpret_cast<const char*>(&header),
                                      sizeof header))})
      // A filter that refuses the question has answered it.
      .call(SYS_prctl, "prctl(PR_GET_SECCOMP)",
            {value(PR_GET_SECCOMP), value(0), value(0), value(0), value(0)})
      .expect(SECCOMP_MODE_FILTER)
      .tolerate(EPERM, ENOSYS);
  if (builder.status_slot >= 0) count_filters(step, builder);
  for (std::string& note : filter->notes) step.says(std::move(note));
  return {};
}

}  // namespace bulkhead
