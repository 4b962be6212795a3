#include "verify/filter_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>

#include "runtime/spec/oci.h"
#include "verify/syscall_policy.h"

namespace bulkhead::verify {
namespace {

std::string lxc_action(SeccompAction action,
                       std::optional<std::uint32_t> error) {
  switch (action) {
    case SeccompAction::kAllow:
      return "allow";
    case SeccompAction::kErrno:
      return fmt::format("errno {}", error.value_or(EPERM));
    case SeccompAction::kTrap:
      return "trap";
    case SeccompAction::kLog:
      return "log";
    case SeccompAction::kKillProcess:
    case SeccompAction::kKillThread:
      break;
  }
  return "kill";
}

std::string_view lxc_compare(SeccompCompare compare) {
  switch (compare) {
    case SeccompCompare::kNotEqual:
      return "SCMP_CMP_NE";
    case SeccompCompare::kLess:
      return "SCMP_CMP_LT";
    case SeccompCompare::kLessEqual:
      return "SCMP_CMP_LE";
    case SeccompCompare::kEqual:
      return "SCMP_CMP_EQ";
    case SeccompCompare::kGreaterEqual:
      return "SCMP_CMP_GE";
    case SeccompCompare::kGreater:
      return "SCMP_CMP_GT";
    case SeccompCompare::kMaskedEqual:
      break;
  }
  return "SCMP_CMP_MASKED_EQ";
}

/// " [index,value,operator,mask]"
std::string lxc_condition(const SeccompArgument& argument) {
  const bool masked = argument.compare == SeccompCompare::kMaskedEqual;
  if (!masked) {
    return fmt::format(" [{},{},{}]", argument.index, argument.value,
                       lxc_compare(argument.compare));
  }
  return fmt::format(" [{},{},{},{}]", argument.index, argument.value_two,
                     lxc_compare(argument.compare), argument.value);
}

const SyscallArch& native() { return syscall_arches().front(); }

/// A libc that finds no such call (ENOSYS, says the spec) starts its threads by
/// another. Who can only be told names would refuse it, and every thread.
bool must_be_absent(const std::string& name) { return name == "clone3"; }

/// Of all native calls the names that `chosen(policy, name)`.
template <class Chosen>
std::string names_of(const Seccomp& seccomp, std::string_view separator,
                     const Chosen& chosen) {
  const SyscallPolicy policy(seccomp);
  std::string text;
  for (std::uint32_t number = 0; number < syscall_numbers(); ++number) {
    const std::string name = syscall_name(native(), number);
    if (name.empty() || !chosen(policy, name)) continue;
    if (!text.empty()) text += separator;
    text += name;
  }
  return text;
}

}  // namespace

std::string oci_filter(const Spec& spec) {
  return nlohmann::json::parse(emit_oci(spec))["linux"]["seccomp"].dump(1);
}

std::string lxc_filter(const Seccomp& seccomp) {
  std::string text = fmt::format(
      "2\nallowlist {}\n",
      lxc_action(seccomp.default_action, seccomp.default_errno_return));
  for (const SeccompRule& rule : seccomp.rules) {
    std::string how = " " + lxc_action(rule.action, rule.errno_return);
    for (const SeccompArgument& argument : rule.arguments) {
      how += lxc_condition(argument);
    }
    for (const std::string& name : rule.names) text += name + how + "\n";
  }
  return text;
}

std::string allowed_names(const Seccomp& seccomp, std::string_view separator) {
  return names_of(
      seccomp, separator, [&](const auto& policy, const auto& name) {
        return policy.ever_allows(native(), name) || must_be_absent(name);
      });
}

std::string denied_names(const Seccomp& seccomp, std::string_view separator) {
  return names_of(
      seccomp, separator, [&](const auto& policy, const auto& name) {
        return !policy.ever_allows(native(), name) && !must_be_absent(name);
      });
}

}  // namespace bulkhead::verify
