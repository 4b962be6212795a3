#include "runtime/plan/seccomp_conflicts.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdint>
#include <map>
#include <vector>

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

/// The stricter, the lower: the order of seccomp(2).
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

/// The i386 entry that leads to `name` with its arguments in memory; or "".
std::string multiplexer(const std::string& name) {
  constexpr std::array<const char*, 20> kSockets = {
      "socket",      "bind",       "connect",     "listen",     "accept",
      "getsockname", "socketpair", "getpeername", "send",       "recv",
      "sendto",      "recvfrom",   "shutdown",    "setsockopt", "getsockopt",
      "sendmsg",     "recvmsg",    "accept4",     "recvmmsg",   "sendmmsg"};
  constexpr std::array<const char*, 12> kIpc = {
      "semop",  "semget", "semctl", "semtimedop", "msgsnd", "msgrcv",
      "msgget", "msgctl", "shmat",  "shmdt",      "shmget", "shmctl"};
  if (std::ranges::find(kSockets, name) != kSockets.end()) return "socketcall";
  if (std::ranges::find(kIpc, name) != kIpc.end()) return "ipc";
  return {};
}

bool answers_as_default(const Seccomp& policy, const SeccompRule& rule) {
  return same_answer(rule, {.names = {},
                            .action = policy.default_action,
                            .errno_return = policy.default_errno_return,
                            .arguments = {}});
}

/// Whether the multiplexed entry would be more lenient than `rule`, its
/// argument unseen. libseccomp compares only argument 0 with the number of the
/// call: what `rule` says of that is forgotten, which makes a refusal wider;
/// the other arguments are compared with what is none. A rule of the entry's
/// own goes before; one that says what the default says is never added.
bool hidden_by_multiplexer(const Seccomp& policy, const std::string& name,
                           const SeccompRule& rule) {
  const std::string entry = multiplexer(name);
  if (entry.empty()) return false;
  bool named = false;
  for (const SeccompRule& other : policy.rules) {
    if (std::ranges::find(other.names, entry) == other.names.end()) continue;
    if (other.arguments.empty() && !answers_as_default(policy, other)) {
      return false;
    }
    named = true;
  }
  const bool stricter = leniency(rule.action) < leniency(policy.default_action);
  if (rule.arguments.empty()) return named && !stricter;
  return !stricter ||
         std::ranges::any_of(rule.arguments, [](const SeccompArgument& one) {
           return one.index != 0;
         });
}

Status refuse_hidden_argument(const std::string& name,
                              const SeccompRule& rule) {
  const std::string entry = multiplexer(name);
  return fail("seccomp: the rule for " + name + " (" + rule_words(rule) +
                  ") cannot be kept on SCMP_ARCH_X86: " + entry +
                  " leads to the same call, and a filter does not see its "
                  "arguments",
              0,
              "add a rule for " + entry +
                  " that says what it may do, or leave SCMP_ARCH_X86 out",
              ErrorKind::kUsage);
}

}  // namespace

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
  const bool i386 = std::ranges::any_of(
      policy.architectures,
      [](const std::string& name) { return architecture_word(name) == "x86"; });
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
      if (i386 && hidden_by_multiplexer(policy, name, **rule)) {
        return refuse_hidden_argument(name, **rule);
      }
    }
  }
  return {};
}

}  // namespace bulkhead
