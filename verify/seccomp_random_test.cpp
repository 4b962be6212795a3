// The filters of random policies, against what their rules say, libseccomp's
// own list, and the kernel.
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <random>

#include "runtime/plan/seccomp_compile.h"
#include "verify/filter_difference_for_tests.h"
#include "verify/seccomp_rules_for_tests.h"

namespace bulkhead::verify::seccomp_random_test {
namespace {

Named named_by(const Seccomp& policy) {
  Named named;
  for (const std::string& arch : policy.architectures) {
    const bool x32 = arch == "SCMP_ARCH_X32";
    const std::uint32_t token = x32                       ? SCMP_ARCH_X32
                                : arch == "SCMP_ARCH_X86" ? SCMP_ARCH_X86
                                : arch == "SCMP_ARCH_X86_64"
                                    ? SCMP_ARCH_X86_64
                                    : SCMP_ARCH_AARCH64;
    for (const SeccompRule& rule : policy.rules) {
      const int number =
          seccomp_syscall_resolve_name_arch(token, rule.names[0].c_str());
      if (number < 0) continue;
      named[{x32 ? AUDIT_ARCH_X86_64 : token,
             static_cast<std::uint32_t>(number)}] = rule.names[0];
    }
  }
  return named;
}

/// What the tree says of the calls that `policy` names, against what its rules
/// say. libseccomp's list is no judge: it merges some rules into one that lets
/// through what neither does, and compares 32 bits of an argument on x32.
std::string difference_to_rules(const Seccomp& policy, const Code& list,
                                const Code& tree) {
  const std::vector<BpfFilter> ours = filter_of(tree);
  const std::vector<BpfFilter> theirs = filter_of(list);
  for (const auto& [call, name] : named_by(policy)) {
    for (const auto* from : {&ours, &theirs}) {
      for (const BpfDecision& said :
           explore(*from, call.first, call.second, kSeeds, 256)) {
        if (!can_be(call.first, said.arguments)) continue;
        const seccomp_data data =
            call_data(call.first, call.second, said.arguments);
        if (decide(ours, data) != expected(policy, name, said.arguments)) {
          return text_of(call.first, call.second, said.arguments);
        }
      }
    }
  }
  return {};
}

/// Policies as people may write them: some calls by name, some by argument.
class RandomPolicies {
 public:
  Seccomp policy() {
    Seccomp policy;
    policy.default_action =
        among({SeccompAction::kAllow, SeccompAction::kErrno,
               SeccompAction::kKillProcess, SeccompAction::kTrap});
    policy.architectures = {"SCMP_ARCH_X86_64"};
    for (const char* other :
         {"SCMP_ARCH_X86", "SCMP_ARCH_X32", "SCMP_ARCH_AARCH64"}) {
      if (one_in(3)) policy.architectures.emplace_back(other);
    }
    // Rules that answer alike rarely contradict each other.
    const SeccompRule answers = rule({});
    std::vector<std::string> names(std::begin(kNames), std::end(kNames));
    std::ranges::shuffle(names, random_);
    names.resize(1 + random_() % names.size());
    for (const std::string& name : names) {
      const std::size_t rules = 1 + random_() % 2;
      for (std::size_t i = 0; i < rules; ++i) {
        policy.rules.push_back(rule(name));
        if (rules == 1) continue;
        policy.rules.back().action = answers.action;
        policy.rules.back().errno_return = answers.errno_return;
      }
    }
    return policy;
  }

  template <class T>
  T among(std::initializer_list<T> values) {
    return values.begin()[random_() % values.size()];
  }
  bool one_in(unsigned n) { return random_() % n == 0; }

 private:
  std::uint64_t value() {
    const std::uint64_t small = random_() % 6;
    switch (random_() % 5) {
      case 0:
        return small << 32 | small;
      case 1:
        return ~small;
      case 2:
        return 1ULL << random_() % 64;
      default:
        return small;
    }
  }

  static constexpr const char* kNames[] = {
      "personality", "ioctl",      "clone",      "prctl",
      "read",        "write",      "mmap",       "openat",
      "kexec_load",  "bpf",        "keyctl",     "setns",
      "fcntl",       "arch_prctl", "statx",      "faccessat2",
      "getpid",      "futex",      "ptrace",     "landlock_create_ruleset",
      "reboot",      "setuid",     "epoll_wait", "kill"};

  SeccompRule rule(std::string name) {
    SeccompRule rule{.names = {std::move(name)}, .arguments = {}};
    rule.action = among({SeccompAction::kAllow, SeccompAction::kErrno,
                         SeccompAction::kLog, SeccompAction::kKillThread});
    if (rule.action == SeccompAction::kErrno) {
      rule.errno_return = among({1U, 38U, 55U, 0U});
    }
    for (std::uint32_t index = 0; index < 6; ++index) {
      if (!one_in(5)) continue;
      const auto compare = static_cast<SeccompCompare>(random_() % 7);
      SeccompArgument argument{index, value(), 0, compare};
      if (compare == SeccompCompare::kMaskedEqual) {
        argument.value_two = argument.value & value();
      }
      rule.arguments.push_back(argument);
    }
    return rule;
  }

  std::mt19937 random_{20'261'125};
};

TEST(SeccompRandom, AnswersAsTheRulesSay) {
  RandomPolicies random;
  int trees = 0;
  int compiled = 0;
  // seccomp_tree_test.cpp asks every number; here those around the names.
  std::vector<std::uint32_t> numbers;
  for (std::uint32_t i = 0; i < kBeyondAll; i += i < 40 ? 1 : 7) {
    numbers.insert(numbers.end(), {i, kX32Bit + i});
  }
  for (const std::uint32_t named :
       {56U, 72U, 120U, 135U, 136U, 157U, 158U, 250U, 257U, 291U, 308U, 332U,
        383U, 439U, 444U, kX32Bit + 514, kX32Bit + 528, kX32Bit + 135}) {
    numbers.insert(numbers.end(), {named - 1, named, named + 1});
  }
  for (int i = 0; i < 600 && !testing::Test::HasFailure(); ++i) {
    const Seccomp policy = random.policy();
    const auto list = compile_seccomp_list(policy);
    if (!list) continue;  // It says the same twice, and differently.
    ++compiled;
    const Code tree = code_of(compile_seccomp(policy));
    if (tree.size() * sizeof(sock_filter) < list->size()) ++trees;
    EXPECT_EQ(difference_to_rules(policy, code_of(list), tree), "") << i;
    const Named named = named_by(policy);
    EXPECT_EQ(difference(code_of(list), tree, numbers, named), "") << i;
  }
  EXPECT_GT(compiled, 200);
  EXPECT_GT(trees, 150);
}

/// What the call meets under `code`: errno, 0, or minus the signal that ends
/// the child; -100: not loaded.
int kernel_says(Code code, long number, const Arguments& with) {
  const pid_t child = fork();
  if (child == 0) {
    const sock_fprog program{static_cast<unsigned short>(code.size()),
                             code.data()};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
      _exit(100);
    }
    errno = 0;
    syscall(number, with[0], with[1], with[2], with[3], with[4], with[5]);
    _exit(errno);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) return -WTERMSIG(status);
  return WEXITSTATUS(status) == 100 ? -100 : WEXITSTATUS(status);
}

TEST(SeccompRandom, AnswersTheKernelAsTheListDoes) {
  RandomPolicies random;
  int asked = 0;
  for (int i = 0; i < 120; ++i) {
    Seccomp policy = random.policy();
    // The child must be able to end, and to be told of it.
    policy.rules.push_back(
        {.names = {"exit_group", "rt_sigreturn"}, .arguments = {}});
    const auto list = compile_seccomp_list(policy);
    if (!list) continue;
    const Code tree = code_of(compile_seccomp(policy));
    // Harmless whatever is let through, with no file and no pointer.
    const long number = random.among({135L, 72L, 16L, 332L, 439L, 600L});
    const std::uint64_t kOnes = ~0ULL;
    const Arguments with = {random.among({kOnes, kOnes << 32, kOnes - 4}),
                            random.among({std::uint64_t{0}, kOnes, kOnes - 2}),
                            random.among({std::uint64_t{0}, std::uint64_t{5}}),
                            0,
                            random.among({std::uint64_t{1}, std::uint64_t{2}}),
                            0};
    ++asked;
    EXPECT_EQ(kernel_says(tree, number, with),
              kernel_says(code_of(list), number, with))
        << i;
  }
  EXPECT_GT(asked, 40);
}

}  // namespace
}  // namespace bulkhead::verify::seccomp_random_test
