// seccomp: the filter is finished before the clone; the child only hands it to
// the kernel.
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cerrno>

#include "runtime/plan/builder.h"
#include "runtime/plan/seccomp_builtin.h"
#include "runtime/plan/seccomp_compile.h"
#include "runtime/plan/seccomp_multiplexed.h"

namespace bulkhead {

namespace {

/// The filter, which lives as long as the plan.
Result<sock_fprog> program_of(Builder& builder) {
  if (const auto filter = builtin_filter(*builder.spec.seccomp)) {
    return sock_fprog{static_cast<unsigned short>(filter->size()),
                      const_cast<sock_filter*>(filter->data())};
  }
  Result<std::string> program = compile_seccomp(*builder.spec.seccomp);
  if (!program) return tl::unexpected(program.error());
  const std::size_t length = program->size() / sizeof(sock_filter);
  return sock_fprog{static_cast<unsigned short>(length),
                    reinterpret_cast<sock_filter*>(
                        const_cast<char*>(builder.keep(std::move(*program))))};
}

}  // namespace

Status plan_seccomp(Builder& builder) {
  if (!builder.spec.seccomp) return {};
  const Result<sock_fprog> header = program_of(builder);
  if (!header) return tl::unexpected(header.error());
  StepBuilder step = builder.step(
      "seccomp.load", Boundary::kSeccomp, Side::kChild,
      "The last act: nothing after it needs a call that the workload must not "
      "make.",
      "see kernel support with `bulkhead doctor`; without no_new_privs it "
      "takes "
      "CAP_SYS_ADMIN");
  step.call(SYS_seccomp,
            "seccomp(SECCOMP_SET_MODE_FILTER, " + std::to_string(header->len) +
                " instructions)",
            {value(SECCOMP_SET_MODE_FILTER), value(0),
             builder.text(std::string(reinterpret_cast<const char*>(&*header),
                                      sizeof *header))})
      // A filter that refuses the question has answered it.
      .call(SYS_prctl, "prctl(PR_GET_SECCOMP)",
            {value(PR_GET_SECCOMP), value(0), value(0), value(0), value(0)})
      .expect(SECCOMP_MODE_FILTER)
      .tolerate(EPERM, ENOSYS);
  for (std::string& note : multiplexer_notes(*builder.spec.seccomp)) {
    step.says(std::move(note));
  }
  return {};
}

}  // namespace bulkhead
