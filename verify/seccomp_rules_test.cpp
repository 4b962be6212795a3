// Random sets of rules: what is compiled says what the rules say, or nothing
// is compiled.
#include <gtest/gtest.h>
#include <linux/audit.h>

#include <algorithm>
#include <cstring>
#include <random>

#include "runtime/plan/seccomp_compile.h"
#include "verify/bpf_explore.h"
#include "verify/seccomp_rules_for_tests.h"

namespace bulkhead::verify::seccomp_rules_test {
namespace {

constexpr std::uint64_t kValues[] = {0, 1, 2, 3, 5, 40};
/// What is compared with those, and what has the same lower half.
constexpr std::uint64_t kTried[] = {
    0, 1, 2, 3, 5, 40, 1ULL << 32, (1ULL << 32) + 5, ~0ULL};
constexpr const char* kI386 = "SCMP_ARCH_X86";
constexpr const char* kX32 = "SCMP_ARCH_X32";
constexpr std::uint32_t kX32Bit = 0x40000000;
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
    if (one_in(2)) policy.architectures.emplace_back(kI386);
    if (one_in(2)) policy.architectures.emplace_back(kX32);
    const unsigned rules = 1 + static_cast<unsigned>(random_() % 4);
    while (policy.rules.size() < rules) policy.rules.push_back(rule());
    return policy;
  }

 private:
  std::mt19937 random_{20'261'124};
};

bool names_call(const Seccomp& policy, const std::string& name) {
  return std::ranges::any_of(policy.rules, [&](const SeccompRule& rule) {
    return rule.names[0] == name;
  });
}

bool filters(const Seccomp& policy, const char* architecture) {
  return std::ranges::count(policy.architectures, architecture) != 0;
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
  const bool narrow = std::ranges::all_of(
      arguments, [](std::uint64_t value) { return value <= UINT32_MAX; });
  for (const Call& call : kCalls) {
    const std::uint32_t wanted = expected(policy, call.name, arguments);
    ASSERT_EQ(filter.run(call_data(AUDIT_ARCH_X86_64, call.x86_64, arguments)),
              wanted)
        << call.name << ": " << shown(policy);
    if (filters(policy, kX32)) {
      ASSERT_EQ(filter.run(call_data(AUDIT_ARCH_X86_64, kX32Bit | call.x86_64,
                                     arguments)),
                wanted)
          << call.name << " on x32: " << shown(policy);
    }
    if (!filters(policy, kI386) || !narrow) continue;
    ASSERT_EQ(filter.run(call_data(AUDIT_ARCH_I386, call.i386, arguments)),
              wanted)
        << call.name << " on i386: " << shown(policy);
  }
  if (!filters(policy, kI386)) return;
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
    for (const std::uint64_t first : kTried) {
      for (const std::uint64_t second : kTried) {
        for (const std::uint64_t third : kTried) {
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
