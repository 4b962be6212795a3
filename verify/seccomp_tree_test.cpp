// The tree that a filter is rewritten as, against libseccomp's own list.
#include <gtest/gtest.h>

#include <cerrno>

#include "runtime/plan/bpf_meaning.h"
#include "runtime/plan/seccomp_compile.h"
#include "runtime/spec/presets.h"
#include "runtime/spec/seccomp_profile.h"
#include "verify/filter_difference_for_tests.h"

namespace bulkhead::verify::seccomp_tree_test {
namespace {

/// Every number that a kernel may have, as it is and with the bit of x32, and
/// the ends of all numbers.
std::vector<std::uint32_t> all_numbers() {
  std::vector<std::uint32_t> numbers;
  for (std::uint32_t i = 0; i < kBeyondAll; ++i) {
    numbers.insert(numbers.end(), {i, kX32Bit + i});
  }
  for (const std::uint32_t edge : {kX32Bit, 0x80000000U, 0U}) {
    numbers.insert(numbers.end(), {edge - 2, edge - 1, edge, edge + 1});
  }
  return numbers;
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

TEST(SeccompTree, LeavesTheMultiplexedEntryAsItIs) {
  // On i386 the first denies connect by socketcall, the second socket.
  const std::vector<SeccompArgument> connect = {
      {0, 3, 0, SeccompCompare::kEqual}};
  const std::vector<std::string> calls = {"socket", "ptrace", "bpf", "reboot",
                                          "mount"};
  const Seccomp policy = {
      .default_action = SeccompAction::kAllow,
      .architectures = {"SCMP_ARCH_X86_64", "SCMP_ARCH_X86"},
      .rules = {{{"socketcall"}, SeccompAction::kErrno, EPERM, connect},
                {calls, SeccompAction::kErrno, EPERM, {}}}};
  EXPECT_EQ(difference(code_of(compile_seccomp_list(policy)),
                       code_of(compile_seccomp(policy)), all_numbers()),
            "");
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

}  // namespace
}  // namespace bulkhead::verify::seccomp_tree_test
