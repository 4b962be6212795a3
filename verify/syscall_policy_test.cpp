#include "verify/syscall_policy.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <cerrno>
#include <csignal>

#include "runtime/spec/seccomp_profile.h"

namespace bulkhead::verify::syscall_policy_test {
namespace {

constexpr std::uint32_t kDenied = SECCOMP_RET_ERRNO | ENOANO;

TEST(SyscallPolicy, FollowsTheConditionsOfItsRules) {
  const SyscallPolicy policy(hardened_profile(0, ENOANO));
  const auto clone = [&](std::uint64_t flags) {
    return policy.wanted(native_arch(), "clone", {flags});
  };
  EXPECT_EQ(clone(SIGCHLD), SECCOMP_RET_ALLOW);
  EXPECT_EQ(clone(CLONE_NEWUSER | SIGCHLD), kDenied);
  EXPECT_EQ(clone(CLONE_NEWUSER | 1UL << 40), kDenied);
  EXPECT_EQ(policy.wanted(native_arch(), "", {}), SECCOMP_RET_ERRNO | ENOSYS);
  EXPECT_EQ(policy.wanted(syscall_arches()[1], "getpid", {}),
            SECCOMP_RET_KILL_PROCESS);
}

TEST(SyscallPolicy, KnowsEveryComparison) {
  using enum SeccompCompare;
  const auto allows = [](SeccompCompare compare, std::uint64_t value,
                         std::uint64_t two, std::uint64_t argument) {
    const SyscallPolicy policy({.default_action = SeccompAction::kKillProcess,
                                .default_errno_return = {},
                                .architectures = {},
                                .rules = {{{"read"},
                                           SeccompAction::kAllow,
                                           std::nullopt,
                                           {{0, value, two, compare}}}}});
    return passes(policy.wanted(native_arch(), "read", {argument}));
  };
  constexpr std::uint64_t kBig = std::uint64_t{1} << 63;
  EXPECT_TRUE(allows(kEqual, kBig, 0, kBig));
  EXPECT_FALSE(allows(kEqual, kBig, 0, 0));
  EXPECT_TRUE(allows(kNotEqual, 1, 0, 2));
  EXPECT_FALSE(allows(kNotEqual, 1, 0, 1));
  EXPECT_TRUE(allows(kLess, kBig, 0, 1));
  EXPECT_FALSE(allows(kLess, 1, 0, 1));
  EXPECT_TRUE(allows(kLessEqual, 1, 0, 1));
  EXPECT_FALSE(allows(kLessEqual, 1, 0, 2));
  EXPECT_TRUE(allows(kGreaterEqual, 1, 0, 1));
  EXPECT_FALSE(allows(kGreaterEqual, 1, 0, 0));
  EXPECT_TRUE(allows(kGreater, 1, 0, kBig));
  EXPECT_FALSE(allows(kGreater, 1, 0, 1));
  EXPECT_TRUE(allows(kMaskedEqual, 0xf0, 0x30, 0x3f));
  EXPECT_FALSE(allows(kMaskedEqual, 0xf0, 0x30, 0x4f));
}

TEST(SyscallPolicy, TellsItsNumbersInRanges) {
  EXPECT_EQ(
      allowed_numbers({.default_action = SeccompAction::kErrno,
                       .default_errno_return = {},
                       .architectures = {},
                       .rules = {{{"read", "write", "open", "getpid"},
                                  SeccompAction::kAllow,
                                  std::nullopt,
                                  {}},
                                 {{"clone"},
                                  SeccompAction::kAllow,
                                  std::nullopt,
                                  {{0, 7, 3, SeccompCompare::kMaskedEqual}}}}}),
      "0-2,39,56");
}

}  // namespace
}  // namespace bulkhead::verify::syscall_policy_test
