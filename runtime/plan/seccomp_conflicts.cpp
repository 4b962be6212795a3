#include "runtime/plan/seccomp_conflicts.h"

#include <linux/seccomp.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdint>
#include <map>
#include <vector>

#include "runtime/plan/seccomp_multiplexed.h"

namespace bulkhead {
namespace {

using enum SeccompCompare;

constexpr std::uint64_t kHighest = UINT64_MAX;

/// The values that an ordering comparison holds for; none: first > last.
struct Range {
  std::uint64_t first;
  std::uint64_t last;
};

Range range_of(const SeccompArgument& argument) {
  constexpr Range kNone = {1, 0};
  const std::uint64_t value = argument.value;
  switch (argument.compare) {
    case kEqual:
      return {value, value};
    case kLess:
      return value == 0 ? kNone : Range{0, value - 1};
    case kLessEqual:
      return {0, value};
    case kGreater:
      return value == kHighest ? kNone : Range{value + 1, kHighest};
    case kGreaterEqual:
      return {value, kHighest};
    case kNotEqual:
    case kMaskedEqual:
      break;
  }
  return {0, kHighest};
}

/// Whether no value is known to satisfy both; false when in doubt.
bool never_both(const SeccompArgument& a, const SeccompArgument& b) {
  if (a.compare == kEqual) return !matches(b, a.value);
  if (b.compare == kEqual) return !matches(a, b.value);
  if (a.compare == kMaskedEqual && b.compare == kMaskedEqual) {
    return ((a.value_two ^ b.value_two) & a.value & b.value) != 0;
  }
  const Range one = range_of(a);
  const Range other = range_of(b);
  return std::max(one.first, other.first) > std::min(one.last, other.last);
}

bool never_both(const SeccompRule& a, const SeccompRule& b) {
  for (const SeccompArgument& one : a.arguments) {
    for (const SeccompArgument& other : b.arguments) {
      if (one.index == other.index && never_both(one, other)) return true;
    }
  }
  return false;
}

std::string action_words(SeccompAction action,
                         std::optional<std::uint32_t> error) {
  switch (action) {
    case SeccompAction::kAllow:
      return "allow";
    case SeccompAction::kErrno:
      return "errno " + std::to_string(error.value_or(EPERM));
    case SeccompAction::kKillProcess:
      return "kill the process";
    case SeccompAction::kKillThread:
      return "kill the thread";
    case SeccompAction::kTrap:
      return "trap";
    case SeccompAction::kLog:
      return "log";
  }
  return "?";
}

Status refuse_hidden_argument(const std::string& name,
                              const SeccompRule& rule) {
  const std::string entry = multiplexer(name);
  return fail("seccomp: the rule for " + name + " (" + rule_words(rule) +
                  ") cannot be kept on SCMP_ARCH_X86: " + entry +
                  " leads to the same call, and a filter does not see its "
                  "arguments",
              0,
              "add {\"names\": [\"" + entry +
                  "\"], \"action\": \"SCMP_ACT_ERRNO\"} to the rules, which "
                  "denies it to i386 programs (or SCMP_ACT_ALLOW, and they do "
                  "with it what they like); or leave SCMP_ARCH_X86 out",
              ErrorKind::kUsage);
}

}  // namespace

int leniency(SeccompAction action) {
  switch (action) {
    case SeccompAction::kKillProcess:
      return 0;
    case SeccompAction::kKillThread:
      return 1;
    case SeccompAction::kTrap:
      return 2;
    case SeccompAction::kErrno:
      return 3;
    case SeccompAction::kLog:
      return 4;
    case SeccompAction::kAllow:
      return 5;
  }
  return 0;
}

std::uint32_t kernel_action(SeccompAction action,
                            std::optional<std::uint32_t> error) {
  switch (action) {
    case SeccompAction::kAllow:
      return SECCOMP_RET_ALLOW;
    case SeccompAction::kErrno:
      return SECCOMP_RET_ERRNO | (error.value_or(EPERM) & SECCOMP_RET_DATA);
    case SeccompAction::kKillProcess:
      return SECCOMP_RET_KILL_PROCESS;
    case SeccompAction::kKillThread:
      return SECCOMP_RET_KILL_THREAD;
    case SeccompAction::kTrap:
      return SECCOMP_RET_TRAP;
    case SeccompAction::kLog:
      return SECCOMP_RET_LOG;
  }
  return SECCOMP_RET_KILL_PROCESS;
}

bool matches(const SeccompArgument& argument, std::uint64_t value) {
  if (argument.compare == kNotEqual) return value != argument.value;
  if (argument.compare == kMaskedEqual) {
    return (value & argument.value) == argument.value_two;
  }
  const Range range = range_of(argument);
  return value >= range.first && value <= range.last;
}

std::string rule_words(const SeccompRule& rule) {
  static constexpr const char* kSigns[] = {
      " != ", " < ", " <= ", " == ", " >= ", " > ", " & "};
  std::string words;
  for (const SeccompArgument& argument : rule.arguments) {
    words += (words.empty() ? "argument " : ", argument ") +
             std::to_string(argument.index) +
             kSigns[static_cast<std::size_t>(argument.compare)] +
             std::to_string(argument.value);
    if (argument.compare == kMaskedEqual) {
      words += " == " + std::to_string(argument.value_two);
    }
  }
  return (words.empty() ? "whatever its arguments" : words) + " → " +
         action_words(rule.action, rule.errno_return);
}

bool same_answer(const SeccompRule& a, const SeccompRule& b) {
  return a.action == b.action &&
         (a.action != SeccompAction::kErrno ||
          a.errno_return.value_or(EPERM) == b.errno_return.value_or(EPERM));
}

bool answers_as_default(const Seccomp& policy, const SeccompRule& rule) {
  return same_answer(rule, {.names = {},
                            .action = policy.default_action,
                            .errno_return = policy.default_errno_return,
                            .arguments = {}});
}

std::string architecture_word(const std::string& name) {
  std::string word = name.rfind("SCMP_ARCH_", 0) == 0 ? name.substr(10) : name;
  for (char& c : word) c = static_cast<char>(tolower(c));
  return word;
}

Status refuse_conflicts(const Seccomp& policy) {
  std::map<std::string, std::vector<const SeccompRule*>> rules;
  for (const SeccompRule& rule : policy.rules) {
    for (const std::string& name : rule.names) rules[name].push_back(&rule);
  }
  const bool i386 = filters_i386(policy);
  const std::vector<std::string> closed = closed_entries(policy);
  for (const auto& [name, of_name] : rules) {
    for (auto rule = of_name.begin(); rule != of_name.end(); ++rule) {
      const auto clash =
          std::find_if(of_name.begin(), rule, [&](const SeccompRule* earlier) {
            return !same_answer(*earlier, **rule) &&
                   !never_both(*earlier, **rule);
          });
      if (clash != rule) {
        return fail("seccomp: two rules for " + name +
                        " answer the same call differently: " +
                        rule_words(**clash) + "; " + rule_words(**rule),
                    0, "give them arguments that never match together",
                    ErrorKind::kUsage);
      }
      if (i386 && hidden_by_multiplexer(policy, name, **rule) &&
          std::ranges::find(closed, multiplexer(name)) == closed.end()) {
        return refuse_hidden_argument(name, **rule);
      }
    }
  }
  return {};
}

}  // namespace bulkhead
