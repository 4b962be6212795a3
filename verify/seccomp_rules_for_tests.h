// What the rules of a seccomp policy say, for tests: written apart from what
// compiles them.
#pragma once

#include <gtest/gtest.h>
#include <linux/seccomp.h>

#include <algorithm>
#include <optional>
#include <string>

#include "runtime/spec/spec.h"
#include "verify/bpf_explore.h"

namespace bulkhead::verify {

inline std::uint32_t action_of(SeccompAction action,
                               std::optional<std::uint32_t> error) {
  switch (action) {
    case SeccompAction::kAllow:
      return SECCOMP_RET_ALLOW;
    case SeccompAction::kLog:
      return SECCOMP_RET_LOG;
    case SeccompAction::kErrno:
      return SECCOMP_RET_ERRNO | error.value_or(1);
    case SeccompAction::kTrap:
      return SECCOMP_RET_TRAP;
    case SeccompAction::kKillThread:
      return SECCOMP_RET_KILL_THREAD;
    case SeccompAction::kKillProcess:
      return SECCOMP_RET_KILL_PROCESS;
  }
  return 0;
}

inline bool holds(const SeccompArgument& argument, const Arguments& arguments) {
  const std::uint64_t value = arguments[argument.index];
  switch (argument.compare) {
    case SeccompCompare::kNotEqual:
      return value != argument.value;
    case SeccompCompare::kLess:
      return value < argument.value;
    case SeccompCompare::kLessEqual:
      return value <= argument.value;
    case SeccompCompare::kEqual:
      return value == argument.value;
    case SeccompCompare::kGreaterEqual:
      return value >= argument.value;
    case SeccompCompare::kGreater:
      return value > argument.value;
    case SeccompCompare::kMaskedEqual:
      return (value & argument.value) == argument.value_two;
  }
  return false;
}

/// The action for a call of `name`, the first name of its rules; those that say
/// different things never both match, but for those that a rule without
/// arguments stands before.
inline std::uint32_t expected(const Seccomp& policy, const std::string& name,
                              const Arguments& arguments) {
  std::optional<std::uint32_t> found;
  bool settled = false;
  for (const SeccompRule& rule : policy.rules) {
    if (rule.names[0] != name) continue;
    if (!std::ranges::all_of(rule.arguments, [&](const SeccompArgument& one) {
          return holds(one, arguments);
        })) {
      continue;
    }
    const std::uint32_t action = action_of(rule.action, rule.errno_return);
    if (rule.arguments.empty() && settled) continue;
    settled = settled || rule.arguments.empty();
    EXPECT_TRUE(!found || *found == action) << name << " is ambiguous";
    found = action;
  }
  return found.value_or(
      action_of(policy.default_action, policy.default_errno_return));
}

}  // namespace bulkhead::verify
