// A container held to some of the machine's CPUs, as far as this machine has a
// cpuset hierarchy to hold it with.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/parent/test_rootfs.h"

namespace bulkhead {
namespace {

using ::testing::HasSubstr;

class StartInACpuset : public ContainerTest {
 protected:
  void SetUp() override {
    ContainerTest::SetUp();
    const CgroupLayout layout = host().cgroups;
    if (!layout.v2_has("cpuset") && !layout.v1.contains("cpuset")) {
      GTEST_SKIP() << "no hierarchy carries the controller cpuset";
    }
  }
};

TEST_F(StartInACpuset, RunsOnNothingElse) {
  Spec spec =
      spec_for("grep -q '^Cpus_allowed_list:.0$' /proc/self/status && exit 7");
  spec.resources.cpuset_cpus = "0";
  // Two levels: both must be filled before anything can enter.
  spec.cgroups_path += "/below";
  std::string error;
  Result<Plan> plan = make_plan(std::move(spec), host());
  ASSERT_TRUE(plan) << plan.error().message();
  EXPECT_EQ(7, run(*plan, &error)) << error;
}

TEST_F(StartInACpuset, NeedsNoListOfCpusForOneOfNodes) {
  Spec spec =
      spec_for("grep -q '^Mems_allowed_list:.0$' /proc/self/status && exit 7");
  spec.resources.cpuset_mems = "0";
  std::string error;
  Result<Plan> plan = make_plan(std::move(spec), host());
  ASSERT_TRUE(plan) << plan.error().message();
  EXPECT_EQ(7, run(*plan, &error)) << error;
}

TEST_F(StartInACpuset, OfACpuThatIsNotThereIsRefused) {
  Spec spec = spec_for("exit 7");
  spec.resources.cpuset_cpus = "0,8191";
  std::string error;
  Result<Plan> plan = make_plan(std::move(spec), host());
  ASSERT_TRUE(plan) << plan.error().message();
  EXPECT_EQ(-1, run(*plan, &error));
  EXPECT_THAT(error, HasSubstr("cpuset.cpus"));
  EXPECT_THAT(error, HasSubstr("ask for some of 0"));
}

}  // namespace
}  // namespace bulkhead
