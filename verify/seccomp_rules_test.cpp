// Random sets of rules: what is compiled says what the rules say, or nothing
// is compiled.
#include <gtest/gtest.h>
#include <linux/audit.h>

#include <algorithm>
#include <cstring>
#include <random>

#include "runtime/plan/seccomp_compile.h"
#include "verify/bpf_explore.h"

namespace bulkhead::verify::seccomp_rules_test {
namespace {

constexpr std::uint64_t kValues[] = {0, 1, 2, 3, 5, 40};
constexpr std::uint32_t kSocketcall = 102;
constexpr std::uint32_t kSocketcallSocket = 1;

class Random {
 public:
  template <class T, std::size_t n>
  T among(const T (&values)[n]) {
    return values[random_() % n];
  }
  bool one_in(unsigned n) { return random_() % n == 0; }

  SeccompRule rule() {
    static const std::string kNames[] = {"socket", "socket", "personality",
                                         "socketcall"};
    SeccompRule rule{.names = {among(kNames)}, .arguments = {}};
    rule.action = among({SeccompAction::kAllow, SeccompAction::kErrno,
                         SeccompAction::kErrno, SeccompAction::kLog});
    if (rule.action == SeccompAction::kErrno) {
      rule.errno_return = among({1U, 55U});
    }
    for (std::uint32_t index = 0; index < 3; ++index) {
      if (rule.names[0] == "socketcall" || one_in(2)) continue;
      const auto compare = static_cast<SeccompCompare>(random_() % 7);
      SeccompArgument argument{index, among(kValues), 0, compare};
      if (compare == SeccompCompare::kMaskedEqual) {
        argument.value_two = argument.value & among(kValues);
      }
      rule.arguments.push_back(argument);
    }
    return rule;
  }

  Seccomp policy() {
    Seccomp policy;
    if (one_in(2)) policy.default_action = SeccompAction::kAllow;
    policy.architectures = {"SCMP_ARCH_X86_64"};
    if (one_in(2)) policy.architectures.emplace_back("SCMP_ARCH_X86");
    const unsigned rules = 1 + static_cast<unsigned>(random_() % 4);
    while (policy.rules.size() < rules) policy.rules.push_back(rule());
    return policy;
  }

 private:
  std::mt19937 random_{20'261'124};
};

std::uint32_t action_of(SeccompAction action,
                        std::optional<std::uint32_t> error) {
  switch (action) {
    case SeccompAction::kAllow:
      return SECCOMP_RET_ALLOW;
    case SeccompAction::kLog:
      return SECCOMP_RET_LOG;
    default:
      return SECCOMP_RET_ERRNO | error.value_or(1);
  }
}

bool holds(const SeccompArgument& argument, const Arguments& arguments) {
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

bool names_call(const Seccomp& policy, const std::string& name) {
  return std::ranges::any_of(policy.rules, [&](const SeccompRule& rule) {
    return rule.names[0] == name;
  });
}

/// What the rules say; those that say different things never both match.
std::uint32_t expected(const Seccomp& policy, const std::string& name,
                       const Arguments& arguments) {
  std::optional<std::uint32_t> found;
  for (const SeccompRule& rule : policy.rules) {
    if (rule.names[0] != name) continue;
    if (!std::ranges::all_of(rule.arguments, [&](const SeccompArgument& one) {
          return holds(one, arguments);
        })) {
      continue;
    }
    const std::uint32_t action = action_of(rule.action, rule.errno_return);
    EXPECT_TRUE(!found || *found == action) << name << " is ambiguous";
    found = action;
  }
  return found.value_or(
      action_of(policy.default_action, policy.default_errno_return));
}

std::string shown(const Seccomp& policy) {
  std::string text = policy.default_action == SeccompAction::kAllow
                         ? "default allow"
                         : "default errno 1";
  for (const SeccompRule& rule : policy.rules) {
    text += "; " + rule.names[0] + " " +
            std::to_string(static_cast<int>(rule.action)) + "/" +
            std::to_string(rule.errno_return.value_or(0));
    for (const SeccompArgument& one : rule.arguments) {
      text += " [" + std::to_string(one.index) + " op " +
              std::to_string(static_cast<int>(one.compare)) + " " +
              std::to_string(one.value) + " " + std::to_string(one.value_two) +
              "]";
    }
  }
  return text + "; " + std::to_string(policy.architectures.size());
}

/// The numbers that lead to one call directly.
struct Call {
  const char* name;
  std::uint32_t x86_64;
  std::uint32_t i386;
};
constexpr Call kCalls[] = {{"socket", 41, 359}, {"personality", 135, 136}};

void compare(const Seccomp& policy, const BpfFilter& filter,
             const Arguments& arguments) {
  for (const Call& call : kCalls) {
    const std::uint32_t wanted = expected(policy, call.name, arguments);
    ASSERT_EQ(filter.run(call_data(AUDIT_ARCH_X86_64, call.x86_64, arguments)),
              wanted)
        << call.name << ": " << shown(policy);
    if (policy.architectures.size() < 2) continue;
    ASSERT_EQ(filter.run(call_data(AUDIT_ARCH_I386, call.i386, arguments)),
              wanted)
        << call.name << " on i386: " << shown(policy);
  }
  if (policy.architectures.size() < 2) return;
  // The smaller a seccomp action, the stricter. socketcall does what was said
  // of it, and where nothing was, it may not give what socket refuses.
  const auto action = [](std::uint32_t value) {
    return static_cast<std::int32_t>(value & SECCOMP_RET_ACTION_FULL);
  };
  const std::string said =
      names_call(policy, "socketcall") ? "socketcall" : "socket";
  ASSERT_LE(action(filter.run(call_data(AUDIT_ARCH_I386, kSocketcall,
                                        {kSocketcallSocket, 0, 0}))),
            action(expected(policy, said, arguments)))
      << "socketcall of " << shown(policy);
}

TEST(SeccompRules, AreInTheFilterOrThereIsNone) {
  Random random;
  int compiled = 0;
  int refused = 0;
  for (int i = 0; i < 4000 && !testing::Test::HasFatalFailure(); ++i) {
    const Seccomp policy = random.policy();
    const auto bytes = compile_seccomp(policy);
    if (!bytes) {
      ++refused;
      continue;
    }
    ++compiled;
    std::vector<sock_filter> code(bytes->size() / sizeof(sock_filter));
    std::memcpy(code.data(), bytes->data(), bytes->size());
    const auto filter = BpfFilter::make(std::move(code));
    ASSERT_TRUE(filter) << filter.error().message();
    for (const std::uint64_t first : kValues) {
      for (const std::uint64_t second : kValues) {
        for (const std::uint64_t third : kValues) {
          compare(policy, *filter, {first, second, third, 0, 0, 0});
          if (testing::Test::HasFatalFailure()) return;
        }
      }
    }
  }
  EXPECT_GT(compiled, 500);
  EXPECT_GT(refused, 500);
}

}  // namespace
}  // namespace bulkhead::verify::seccomp_rules_test
