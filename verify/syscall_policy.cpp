#include "verify/syscall_policy.h"

#include <linux/seccomp.h>

#include <algorithm>
#include <cerrno>

namespace bulkhead::verify {
namespace {

std::uint32_t return_of(SeccompAction action,
                        std::optional<std::uint32_t> error) {
  switch (action) {
    case SeccompAction::kAllow:
      return SECCOMP_RET_ALLOW;
    case SeccompAction::kErrno:
      return SECCOMP_RET_ERRNO | (error.value_or(EPERM) & SECCOMP_RET_DATA);
    case SeccompAction::kKillThread:
      return SECCOMP_RET_KILL_THREAD;
    case SeccompAction::kTrap:
      return SECCOMP_RET_TRAP;
    case SeccompAction::kLog:
      return SECCOMP_RET_LOG;
    case SeccompAction::kKillProcess:
      break;
  }
  return SECCOMP_RET_KILL_PROCESS;
}

bool holds(const SeccompArgument& condition, std::uint64_t argument) {
  const std::uint64_t value = condition.value;
  switch (condition.compare) {
    case SeccompCompare::kNotEqual:
      return argument != value;
    case SeccompCompare::kLess:
      return argument < value;
    case SeccompCompare::kLessEqual:
      return argument <= value;
    case SeccompCompare::kEqual:
      return argument == value;
    case SeccompCompare::kGreaterEqual:
      return argument >= value;
    case SeccompCompare::kGreater:
      return argument > value;
    case SeccompCompare::kMaskedEqual:
      return (argument & value) == condition.value_two;
  }
  return false;
}

bool matches(const SeccompRule& rule, const Arguments& arguments) {
  return std::ranges::all_of(rule.arguments, [&](const auto& condition) {
    return holds(condition, arguments[condition.index]);
  });
}

/// Arguments that meet all of a rule's conditions, or just one of them.
void add_edges(const SeccompRule& rule, std::vector<Arguments>& edges) {
  Arguments all{};
  for (const SeccompArgument& condition : rule.arguments) {
    const bool masked = condition.compare == SeccompCompare::kMaskedEqual;
    const std::uint64_t at = masked ? condition.value_two : condition.value;
    const std::uint64_t hidden = masked ? ~condition.value : 0;
    all[condition.index] |= at;
    for (const std::uint64_t value : {at, at | hidden, at + 1, at - 1, ~at}) {
      Arguments edge{};
      edge[condition.index] = value;
      edges.push_back(edge);
    }
  }
  edges.push_back(all);
}

}  // namespace

SyscallPolicy::SyscallPolicy(Seccomp seccomp) : seccomp_(std::move(seccomp)) {
  for (const SeccompRule& rule : seccomp_.rules) {
    for (const std::string& name : rule.names) rules_.emplace(name, &rule);
  }
}

bool SyscallPolicy::names(const SyscallArch& arch) const {
  const auto& named = seccomp_.architectures;
  const bool native = &arch == &syscall_arches().front();
  if (native && named.empty()) return true;
  return std::ranges::any_of(named, [&](const std::string& name) {
    return name == arch.oci_name || (native && name == "SCMP_ARCH_NATIVE");
  });
}

std::uint32_t SyscallPolicy::wanted(const SyscallArch& arch,
                                    const std::string& name,
                                    const Arguments& arguments) const {
  // How such a call is answered, the OCI spec leaves to the runtime.
  if (!names(arch)) return SECCOMP_RET_KILL_PROCESS;
  const auto [first, last] = rules_.equal_range(name);
  for (auto it = first; !name.empty() && it != last; ++it) {
    const SeccompRule& rule = *it->second;
    if (matches(rule, arguments)) {
      return return_of(rule.action, rule.errno_return);
    }
  }
  return return_of(seccomp_.default_action, seccomp_.default_errno_return);
}

bool SyscallPolicy::ever_allows(const SyscallArch& arch,
                                const std::string& name) const {
  std::vector<Arguments> tried = edges(name);
  tried.emplace_back();
  return std::ranges::any_of(tried, [&](const Arguments& arguments) {
    return passes(wanted(arch, name, arguments));
  });
}

std::vector<Arguments> SyscallPolicy::edges(const std::string& name) const {
  std::vector<Arguments> edges;
  const auto [first, last] = rules_.equal_range(name);
  for (auto it = first; it != last; ++it) add_edges(*it->second, edges);
  return edges;
}

std::string allowed_numbers(const Seccomp& seccomp) {
  const SyscallPolicy policy(seccomp);
  const SyscallArch& native = syscall_arches().front();
  const auto allowed = [&](std::uint32_t number) {
    return policy.ever_allows(native, syscall_name(native, number));
  };
  std::string text;
  for (std::uint32_t number = 0; number < syscall_numbers(); ++number) {
    if (!allowed(number)) continue;
    std::uint32_t last = number;
    while (last + 1 < syscall_numbers() && allowed(last + 1)) ++last;
    if (!text.empty()) text += ",";
    text += std::to_string(number);
    if (last > number) text += "-" + std::to_string(last);
    number = last;
  }
  return text;
}

}  // namespace bulkhead::verify
