// A policy as a list of instructions, ours before that of libseccomp (which
// comes by a memory file), and the list written anew as a tree.
#include "runtime/plan/seccomp_compile.h"

#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>

#include "runtime/base/fd.h"
#include "runtime/plan/seccomp_check.h"
#include "runtime/plan/seccomp_conflicts.h"
#include "runtime/plan/seccomp_multiplexed.h"
#include "runtime/plan/seccomp_overruled.h"
#include "runtime/plan/seccomp_split.h"
#include "runtime/plan/seccomp_tree.h"

namespace bulkhead {
namespace {

using Context = std::unique_ptr<void, decltype(&seccomp_release)>;

std::uint32_t libseccomp_action(SeccompAction action,
                                std::optional<std::uint32_t> errno_return) {
  switch (action) {
    case SeccompAction::kAllow:
      return SCMP_ACT_ALLOW;
    case SeccompAction::kErrno:
      return SCMP_ACT_ERRNO(errno_return.value_or(EPERM) & 0xffff);
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

scmp_compare libseccomp_compare(SeccompCompare compare) {
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

Status add_architectures(scmp_filter_ctx context, const Seccomp& policy) {
  for (const std::string& name : policy.architectures) {
    const std::uint32_t arch =
        seccomp_arch_resolve_name(architecture_word(name).c_str());
    if (arch == 0) {
      return fail("seccomp: unknown architecture " + name, 0,
                  "use names such as SCMP_ARCH_X86_64");
    }
    const int error = seccomp_arch_add(context, arch);
    if (error != 0 && error != -EEXIST) {
      return fail("seccomp: architecture " + name, -error);
    }
  }
  return {};
}

/// One that says the same twice is no error to libseccomp; EEXIST means that
/// on one architecture an earlier rule says something else, and that this one
/// is on none of them now. So it is where i386 has one entry for many calls:
/// there rules meet whose arguments differ.
Status fail_contradiction(const Seccomp& policy, const SeccompRule& rule,
                          const std::string& name) {
  std::string earlier;
  for (const SeccompRule& other : policy.rules) {
    if (&other == &rule) break;
    if (std::ranges::find(other.names, name) != other.names.end() &&
        !same_answer(other, rule)) {
      earlier += (earlier.empty() ? "" : "; ") + rule_words(other);
    }
  }
  std::string architectures;
  for (const std::string& one : policy.architectures) {
    architectures += (architectures.empty() ? "" : ", ") + one;
  }
  return fail("seccomp: the rule for " + name + " (" + rule_words(rule) +
                  ") contradicts an earlier one" +
                  (earlier.empty() ? "" : " (" + earlier + ")") +
                  " on one of " + architectures,
              0,
              "where a call has one entry for many, as on SCMP_ARCH_X86, "
              "arguments do not tell rules apart: give them one answer, or "
              "leave the architecture out",
              ErrorKind::kUsage);
}

/// A system call that libseccomp does not know falls to the default action:
/// only where that is no weaker than the rule may it be left out.
Status add_rule(scmp_filter_ctx context, const Seccomp& policy,
                const SeccompRule& rule, const std::string& name) {
  const int number = seccomp_syscall_resolve_name(name.c_str());
  if (number == __NR_SCMP_ERROR) {
    if (policy.default_action != SeccompAction::kAllow &&
        policy.default_action != SeccompAction::kLog) {
      return {};
    }
    if (rule.action == SeccompAction::kAllow) return {};
    return fail("seccomp: rule for unknown system call " + name, 0,
                "the default action would allow it; use a default that denies");
  }
  const std::uint32_t action =
      libseccomp_action(rule.action, rule.errno_return);
  if (action ==
      libseccomp_action(policy.default_action, policy.default_errno_return)) {
    return {};  // libseccomp refuses rules that say what the default says
  }
  std::vector<scmp_arg_cmp> comparisons;
  for (const SeccompArgument& argument : rule.arguments) {
    comparisons.push_back({argument.index, libseccomp_compare(argument.compare),
                           argument.value, argument.value_two});
  }
  const int error = seccomp_rule_add_array(
      context, action, number, static_cast<unsigned>(comparisons.size()),
      comparisons.data());
  if (error == -EEXIST) return fail_contradiction(policy, rule, name);
  if (error != 0) return fail("seccomp: rule for " + name, -error);
  return {};
}

/// Of an entry that close_entries() answers: a first rule for whatever is asked
/// of it, so that libseccomp does not bring the rules of its calls together
/// there and finds them in contradiction. It is not met: any answer will do
/// but the default's, which libseccomp refuses.
Status shadow_closed(scmp_filter_ctx context, const Seccomp& policy) {
  const std::uint32_t action = policy.default_action == SeccompAction::kErrno
                                   ? SCMP_ACT_KILL_PROCESS
                                   : SCMP_ACT_ERRNO(EPERM);
  for (const std::string& entry : closed_entries(policy)) {
    const int number = seccomp_syscall_resolve_name(entry.c_str());
    const int error = seccomp_rule_add_array(context, action, number, 0, {});
    if (error != 0) return fail("seccomp: closing " + entry, -error);
  }
  return {};
}

Result<std::string> export_program(scmp_filter_ctx context) {
  const Fd file(memfd_create("seccomp", MFD_CLOEXEC));
  if (!file) return fail("seccomp: memfd_create", errno);
  if (const int error = seccomp_export_bpf(context, file.get()); error != 0) {
    return fail("seccomp: export", -error);
  }
  const off_t size = lseek(file.get(), 0, SEEK_END);
  if (size <= 0) return fail("seccomp: lseek", errno);
  std::string program(static_cast<std::size_t>(size), '\0');
  if (pread(file.get(), program.data(), program.size(), 0) != size) {
    return fail("seccomp: read the program", errno);
  }
  return program;
}

/// Of a policy that does not contradict itself.
Result<std::string> libseccomp_list(const Seccomp& policy) {
  const Context context(
      seccomp_init(libseccomp_action(policy.default_action,
                                     policy.default_errno_return)),
      seccomp_release);
  if (!context) return fail("seccomp: seccomp_init", ENOMEM);
  // Another architecture's numbers mean other calls: never let them through.
  seccomp_attr_set(context.get(), SCMP_FLTATR_ACT_BADARCH,
                   SCMP_ACT_KILL_PROCESS);
  if (Status status = add_architectures(context.get(), policy); !status) {
    return tl::unexpected(status.error());
  }
  if (Status status = shadow_closed(context.get(), policy); !status) {
    return tl::unexpected(status.error());
  }
  for (const SeccompRule& rule : policy.rules) {
    for (const std::string& name : rule.names) {
      if (Status status = add_rule(context.get(), policy, rule, name);
          !status) {
        return tl::unexpected(status.error());
      }
    }
  }
  Result<std::string> program = export_program(context.get());
  if (!program) return program;
  return close_entries(policy, std::move(*program));
}

Result<std::string> checked(const Seccomp& policy, std::string program) {
  if (Status status = check_seccomp(policy, program); !status) {
    return tl::unexpected(status.error());
  }
  return program;
}

/// Nothing: there is no tree that is shorter and proven.
std::optional<std::string> tree_of(const std::string& program) {
  std::vector<sock_filter> list(program.size() / sizeof(sock_filter));
  std::memcpy(list.data(), program.data(), program.size());
  const auto tree = as_tree(list);
  if (!tree || tree->size() > BPF_MAXINSNS) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(tree->data()),
                     tree->size() * sizeof(sock_filter));
}

}  // namespace

Result<std::string> compile_seccomp_list(const Seccomp& asked) {
  const Seccomp policy = without_overruled(asked);
  if (Status status = refuse_conflicts(policy); !status) {
    return tl::unexpected(status.error());
  }
  Result<std::string> list = libseccomp_list(policy);
  return list ? checked(policy, std::move(*list)) : list;
}

Result<std::string> compile_seccomp(const Seccomp& asked) {
  const Seccomp policy = without_overruled(asked);
  if (Status status = refuse_conflicts(policy); !status) {
    return tl::unexpected(status.error());
  }
  const SplitSeccomp parts = split_seccomp(policy);
  Result<std::string> rest = libseccomp_list(parts.rest);
  if (!rest) return rest;
  Result<std::string> list = checked(policy, parts.code + *rest);
  if (!list) return list;
  if (auto tree = tree_of(*list)) return std::move(*tree);
  // It is longer than libseccomp's, which may be short enough.
  if (list->size() > BPF_MAXINSNS * sizeof(sock_filter)) {
    return compile_seccomp_list(asked);
  }
  return list;
}

}  // namespace bulkhead
