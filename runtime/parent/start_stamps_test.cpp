// What a start tells of its own times.
#include <gtest/gtest.h>

#include "runtime/base/syscall.h"
#include "runtime/parent/test_rootfs.h"

namespace bulkhead {
namespace {

class StartStampsTest : public ContainerTest {};

TEST_F(StartStampsTest, StandInTheOrderOfTheSteps) {
  Result<Plan> plan = make_plan(spec_for("exit 0"), host());
  ASSERT_TRUE(plan) << plan.error().message();
  StartStamps stamps;
  Result<Container> container = start(*plan, &stamps);
  const std::uint64_t returned = stamp();
  ASSERT_TRUE(container) << container.error().message();
  ASSERT_TRUE(container->wait());
  ASSERT_EQ(plan->steps.size(), stamps.steps.size());
  EXPECT_LT(stamps.called, stamps.cgroup);
  EXPECT_LT(stamps.cgroup, stamps.before);
  // Calls of a step may lie apart, so only the first and last are in order.
  const std::uint64_t first = stamps.steps[plan->child.front().step];
  const std::uint64_t last =
      stamps.steps[plan->child[plan->child.size() - 2].step];
  EXPECT_LT(stamps.before, first);
  EXPECT_LT(first, last);
  EXPECT_LT(last, returned);
}

TEST_F(StartStampsTest, AStepWithoutCallsHasNone) {
  Result<Plan> plan = make_plan(spec_for("exit 0"), host());
  ASSERT_TRUE(plan) << plan.error().message();
  StartStamps stamps;
  Result<Container> container = start(*plan, &stamps);
  ASSERT_TRUE(container) << container.error().message();
  ASSERT_TRUE(container->wait());
  for (std::size_t i = 0; i < plan->steps.size(); ++i) {
    if (plan->steps[i].side != Side::kParent) continue;
    EXPECT_EQ(0, stamps.steps[i]) << plan->steps[i].name;
  }
}

}  // namespace
}  // namespace bulkhead
