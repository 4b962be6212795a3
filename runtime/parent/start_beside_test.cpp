// What the supervisor does beside its child, which waits for it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "runtime/parent/test_rootfs.h"
#include "runtime/plan/builder.h"
#include "runtime/spec/without.h"

namespace bulkhead {
namespace {

using ::testing::HasSubstr;

void drop_effective(int capability) {
  __user_cap_header_struct head{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct sets[2] = {};
  ASSERT_EQ(0, syscall(SYS_capget, &head, sets));
  const auto bit = std::uint32_t{1} << capability;
  for (std::uint32_t* set : {&sets[0].effective, &sets[0].permitted}) {
    *set &= ~bit;
  }
  ASSERT_EQ(0, syscall(SYS_capset, &head, sets));
}

bool has_userns_of_its_own(const Plan& plan) {
  return std::ranges::any_of(
      plan.prepared, [](const auto& one) { return one.first == kSlotUserns; });
}

class StartBeside : public ContainerTest {
 protected:
  /// Succeeds where the host root's tree belongs to the container's root.
  [[nodiscard]] Spec idmapped() const {
    Spec spec = spec_for("[ $(busybox stat -c %u:%g /) = 0:0 ]");
    spec.rootfs.idmap = true;
    return spec;
  }
};

TEST_F(StartBeside, ScratchAndSlotsAreTheChilds) {
  const Result<Plan> plan = make_plan(idmapped(), host());
  ASSERT_TRUE(plan) << plan.error().message();
  ASSERT_TRUE(plan->wait_for_parent);
  EXPECT_GT(plan->beside.size(), 10U);
  for (const Call& call : plan->beside) {
    EXPECT_TRUE(call.op == Op::kSyscall || call.op == Op::kIdmap);
    EXPECT_EQ(-1, call.result_slot);
    for (const Argument& argument : call.args) {
      EXPECT_NE(Argument::Kind::kScratch, argument.kind);
    }
  }
}

TEST_F(StartBeside, NobodyWaitsWithoutAUserNamespace) {
  Spec spec = spec_for("[ -c /dev/null ]");
  share_namespace(spec, NamespaceKind::kUser, {});
  const Result<Plan> plan = make_plan(std::move(spec), host());
  ASSERT_TRUE(plan) << plan.error().message();
  EXPECT_FALSE(plan->wait_for_parent);
  EXPECT_TRUE(plan->beside.empty());
  std::string error;
  EXPECT_EQ(0, run(*plan, &error)) << error;
}

TEST_F(StartBeside, TheRootIsMappedByTheChildsOwnUserNamespace) {
  const Result<Plan> plan = make_plan(idmapped(), host());
  ASSERT_TRUE(plan) << plan.error().message();
  EXPECT_FALSE(has_userns_of_its_own(*plan));
  std::string error;
  EXPECT_EQ(0, run(*plan, &error)) << error;
}

TEST_F(StartBeside, ByAnotherWhereTheChildsMayNotBeLookedAt) {
  const Result<Plan> other = make_plan(idmapped(), host());
  ASSERT_TRUE(other) << other.error().message();
  const pid_t pid = fork();
  ASSERT_GE(pid, 0);
  if (pid == 0) {
    ASSERT_NO_FATAL_FAILURE(drop_effective(CAP_SYS_PTRACE));
    const Result<Plan> plan = make_plan(idmapped(), host());
    EXPECT_TRUE(plan && has_userns_of_its_own(*plan));
    std::string error;
    EXPECT_EQ(0, run(*plan, &error)) << error;
    // The plan of somebody who might have looked.
    EXPECT_EQ(-1, run(*other, &error));
    EXPECT_THAT(error, HasSubstr("rootfs.idmap"));
    _exit(HasFailure() ? 1 : 0);
  }
  int status = 0;
  ASSERT_EQ(pid, waitpid(pid, &status, 0));
  EXPECT_EQ(0, status);
}

}  // namespace
}  // namespace bulkhead
