#include "verify/bpf.h"

#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <memory>

namespace bulkhead::verify {
namespace {

using Filter = std::unique_ptr<void, decltype(&seccomp_release)>;

std::uint32_t action_of(SeccompAction action,
                        std::optional<std::uint32_t> errno_return) {
  switch (action) {
    case SeccompAction::kAllow:
      return SCMP_ACT_ALLOW;
    case SeccompAction::kErrno:
      return SCMP_ACT_ERRNO(errno_return.value_or(EPERM));
    case SeccompAction::kKillProcess:
      return SCMP_ACT_KILL_PROCESS;
    case SeccompAction::kKillThread:
      return SCMP_ACT_KILL_THREAD;
    case SeccompAction::kTrap:
      return SCMP_ACT_TRAP;
    case SeccompAction::kLog:
      return SCMP_ACT_LOG;
  }
  return SCMP_ACT_KILL_PROCESS;
}

scmp_compare compare_of(SeccompCompare compare) {
  switch (compare) {
    case SeccompCompare::kNotEqual:
      return SCMP_CMP_NE;
    case SeccompCompare::kLess:
      return SCMP_CMP_LT;
    case SeccompCompare::kLessEqual:
      return SCMP_CMP_LE;
    case SeccompCompare::kEqual:
      return SCMP_CMP_EQ;
    case SeccompCompare::kGreaterEqual:
      return SCMP_CMP_GE;
    case SeccompCompare::kGreater:
      return SCMP_CMP_GT;
    case SeccompCompare::kMaskedEqual:
      return SCMP_CMP_MASKED_EQ;
  }
  return SCMP_CMP_EQ;
}

/// "SCMP_ARCH_X86_64" is libseccomp's "x86_64".
std::uint32_t architecture_named(std::string name) {
  constexpr std::string_view kPrefix = "SCMP_ARCH_";
  if (name.starts_with(kPrefix)) name.erase(0, kPrefix.size());
  std::ranges::transform(name, name.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  return seccomp_arch_resolve_name(name.c_str());
}

Status add_rule(void* filter, const SeccompRule& rule, std::uint32_t fallback) {
  const std::uint32_t action = action_of(rule.action, rule.errno_return);
  if (action == fallback) return {};  // libseccomp refuses what is redundant.
  std::vector<scmp_arg_cmp> arguments;
  for (const SeccompArgument& argument : rule.arguments) {
    arguments.push_back({argument.index, compare_of(argument.compare),
                         argument.value, argument.value_two});
  }
  for (const std::string& name : rule.names) {
    const int number = seccomp_syscall_resolve_name(name.c_str());
    if (number == __NR_SCMP_ERROR) continue;
    const int error = seccomp_rule_add_array(
        filter, action, number, static_cast<unsigned>(arguments.size()),
        arguments.data());
    if (error != 0) return fail("seccomp rule for " + name, -error);
  }
  return {};
}

}  // namespace

Result<Fd> compile_bpf(const Seccomp& seccomp) {
  const std::uint32_t fallback =
      action_of(seccomp.default_action, seccomp.default_errno_return);
  const Filter filter(seccomp_init(fallback), seccomp_release);
  if (!filter) return fail("seccomp_init", ENOMEM);
  for (const std::string& name : seccomp.architectures) {
    const std::uint32_t architecture = architecture_named(name);
    if (architecture == 0) return fail("seccomp architecture " + name);
    const int error = seccomp_arch_add(filter.get(), architecture);
    if (error != 0 && error != -EEXIST) {
      return fail("seccomp architecture " + name, -error);
    }
  }
  for (const SeccompRule& rule : seccomp.rules) {
    if (auto done = add_rule(filter.get(), rule, fallback); !done) {
      return tl::unexpected(done.error());
    }
  }
  Fd memory(memfd_create("seccomp", MFD_CLOEXEC));
  if (!memory) return fail("memfd_create", errno);
  const int error = seccomp_export_bpf(filter.get(), memory.get());
  if (error != 0) return fail("seccomp_export_bpf", -error);
  if (lseek(memory.get(), 0, SEEK_SET) != 0) return fail("lseek", errno);
  return memory;
}

}  // namespace bulkhead::verify
