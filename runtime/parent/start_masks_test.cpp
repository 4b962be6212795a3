#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>

#include "runtime/parent/test_rootfs.h"

namespace bulkhead {
namespace {

using ::testing::HasSubstr;

class StartMasks : public ContainerTest {};

TEST_F(StartMasks, ThePressureFilesAreGone) {
  if (access("/proc/pressure/cpu", F_OK) != 0) GTEST_SKIP() << "no PSI";
  Result<Plan> plan =
      make_plan(spec_for("test ! -e /proc/pressure/cpu"), host());
  ASSERT_TRUE(plan) << plan.error().message();
  std::string error;
  EXPECT_EQ(0, run(*plan, &error)) << error;
}

TEST_F(StartMasks, HundredsOfMasksHold) {
  Spec spec = spec_for("exit 4");
  for (int i = 0; i < 300; ++i) {
    const std::string name = "masked" + std::to_string(i);
    std::ofstream(rootfs_ / name) << "x";
    spec.masked_paths.push_back("/" + name);
  }
  Result<Plan> plan = make_plan(std::move(spec), host());
  ASSERT_TRUE(plan) << plan.error().message();
  std::string error;
  EXPECT_EQ(4, run(*plan, &error)) << error;
}

/// Found by making every call of a start fail: the place of a mask that cannot
/// be opened is not missing for that.
TEST_F(StartMasks, APlaceThatIsThereIsCovered) {
  Spec spec = spec_for("exit 0");
  std::ofstream(rootfs_ / "there") << "x";
  spec.masked_paths.push_back("/there");
  Result<Plan> plan = make_plan(std::move(spec), host());
  ASSERT_TRUE(plan) << plan.error().message();
  const auto open = std::ranges::find_if(plan->child, [&](const Call& call) {
    return plan->steps[call.step].name == "rootfs.mask:/there";
  });
  ASSERT_NE(open, plan->child.end());
  ASSERT_EQ(open->tolerated[0], ENOENT);
  open->number = SYS_chdir;
  open->args[0].value = reinterpret_cast<std::uint64_t>("/no/such/place");
  open->args[0].kind = Argument::Kind::kValue;
  std::string error;
  EXPECT_EQ(-1, run(*plan, &error));
  EXPECT_THAT(error, HasSubstr("rootfs.verify"));
  EXPECT_THAT(error, HasSubstr("/there"));
}

}  // namespace
}  // namespace bulkhead
