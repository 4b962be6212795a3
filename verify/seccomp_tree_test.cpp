// The tree that a filter is rewritten as, against libseccomp's own list: by
// the evaluator of this side, which shares nothing with the proof, and by the
// kernel.
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <random>

#include "runtime/plan/bpf_meaning.h"
#include "runtime/plan/seccomp_compile.h"
#include "runtime/spec/presets.h"
#include "runtime/spec/seccomp_profile.h"
#include "verify/bpf_explore.h"
#include "verify/bpf_test_code.h"

namespace bulkhead::verify::seccomp_tree_test {
namespace {

constexpr std::uint32_t kX32 = 0x40000000;
constexpr std::uint32_t kBeyondAll = 600;  ///< No kernel has so many numbers.

/// One that the policies name, two that they may name, and strangers.
constexpr std::uint32_t kArches[] = {
    AUDIT_ARCH_X86_64, AUDIT_ARCH_I386, AUDIT_ARCH_AARCH64, 0, 1, UINT32_MAX};

Code code_of(const Result<std::string>& program) {
  EXPECT_TRUE(program) << program.error().message();
  if (!program) return {answer(0)};
  Code code(program->size() / sizeof(sock_filter));
  std::memcpy(code.data(), program->data(), program->size());
  return code;
}

std::vector<BpfFilter> filter_of(const Code& code) {
  auto filter = BpfFilter::make(code);
  EXPECT_TRUE(filter) << filter.error().message();
  std::vector<BpfFilter> filters;
  if (filter) filters.push_back(std::move(*filter));
  return filters;
}

/// Every number that a kernel may have, as it is and with the bit of x32, and
/// the ends of all numbers.
std::vector<std::uint32_t> all_numbers() {
  std::vector<std::uint32_t> numbers;
  for (std::uint32_t i = 0; i < kBeyondAll; ++i) {
    numbers.insert(numbers.end(), {i, kX32 + i});
  }
  for (const std::uint32_t edge : {kX32, 0x80000000U, 0U}) {
    numbers.insert(numbers.end(), {edge - 2, edge - 1, edge, edge + 1});
  }
  return numbers;
}

/// The first difference for one call, at and around the constants that either
/// of them compares with; "" if there is none.
std::string difference(const std::vector<BpfFilter>& one,
                       const std::vector<BpfFilter>& other, std::uint32_t arch,
                       std::uint32_t number) {
  const Arguments seeds[] = {
      {}, kArguments, {~0ULL, ~0ULL, ~0ULL, ~0ULL, ~0ULL, ~0ULL}};
  for (const auto& [from, with] : {std::pair{&one, &other}, {&other, &one}}) {
    for (const BpfDecision& said : explore(*from, arch, number, seeds, 256)) {
      if (decide(*with, call_data(arch, number, said.arguments)) ==
          said.action) {
        continue;
      }
      std::string text = "arch " + std::to_string(arch) + " number " +
                         std::to_string(number) + ":";
      for (const std::uint64_t argument : said.arguments) {
        text += " " + std::to_string(argument);
      }
      return text;
    }
  }
  return {};
}

std::string difference(const Code& a, const Code& b,
                       const std::vector<std::uint32_t>& numbers) {
  const std::vector<BpfFilter> one = filter_of(a);
  const std::vector<BpfFilter> other = filter_of(b);
  for (const std::uint32_t arch : kArches) {
    for (const std::uint32_t number : numbers) {
      std::string found = difference(one, other, arch, number);
      if (!found.empty()) return found;
    }
  }
  return {};
}

std::vector<Seccomp> known_policies() {
  std::vector<Seccomp> policies = {*make_preset(Preset::kHardened).seccomp,
                                   *make_preset(Preset::kOci).seccomp,
                                   hardened_profile(~CapabilityMask{0}, EPERM),
                                   oci_profile(0, 55)};
  policies.push_back(policies.front());
  allow_i386(policies.back());
  return policies;
}

TEST(SeccompTree, AnswersEveryCallAsTheListDoes) {
  const std::vector<std::uint32_t> numbers = all_numbers();
  for (const Seccomp& policy : known_policies()) {
    const Code list = code_of(compile_seccomp_list(policy));
    const Code tree = code_of(compile_seccomp(policy));
    EXPECT_LT(tree.size(), list.size());
    EXPECT_EQ(difference(list, tree, numbers), "");
  }
}

TEST(SeccompTree, AnyOtherTreeIsNotProven) {
  const Seccomp policy = *make_preset(Preset::kHardened).seccomp;
  const Code list = code_of(compile_seccomp_list(policy));
  const Code tree = code_of(compile_seccomp(policy));
  const std::vector<std::uint32_t> numbers = all_numbers();
  int unlike = 0;
  for (std::size_t at = 0; at < tree.size(); ++at) {
    for (const auto change :
         {+[](sock_filter& one) { ++one.k; },
          +[](sock_filter& one) { --one.k; },
          +[](sock_filter& one) { ++one.jt; },
          +[](sock_filter& one) { ++one.jf; },
          +[](sock_filter& one) { std::swap(one.jt, one.jf); }}) {
      Code changed = tree;
      change(changed[at]);
      if (!BpfFilter::make(changed)) continue;
      if (difference(list, changed, numbers).empty()) continue;
      ++unlike;
      EXPECT_FALSE(proven_equal(list, changed)) << "instruction " << at;
    }
  }
  EXPECT_GT(unlike, 200);
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

TEST(SeccompTree, AnswersRandomPoliciesAsTheListDoes) {
  RandomPolicies random;
  int trees = 0;
  int compiled = 0;
  // Every number is asked above; here those around the names.
  std::vector<std::uint32_t> numbers;
  for (std::uint32_t i = 0; i < kBeyondAll; i += i < 40 ? 1 : 7) {
    numbers.insert(numbers.end(), {i, kX32 + i});
  }
  for (const std::uint32_t named :
       {56U, 72U, 120U, 135U, 136U, 157U, 158U, 250U, 257U, 291U, 308U, 332U,
        383U, 439U, 444U, kX32 + 514, kX32 + 528, kX32 + 135}) {
    numbers.insert(numbers.end(), {named - 1, named, named + 1});
  }
  for (int i = 0; i < 600 && !testing::Test::HasFailure(); ++i) {
    const Seccomp policy = random.policy();
    const auto list = compile_seccomp_list(policy);
    if (!list) continue;  // It says the same twice, and differently.
    ++compiled;
    const Code tree = code_of(compile_seccomp(policy));
    if (tree.size() * sizeof(sock_filter) < list->size()) ++trees;
    EXPECT_EQ(difference(code_of(list), tree, numbers), "") << i;
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

TEST(SeccompTree, AnswersTheKernelAsTheListDoes) {
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
}  // namespace bulkhead::verify::seccomp_tree_test
