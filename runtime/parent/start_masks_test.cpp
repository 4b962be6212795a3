#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "runtime/parent/test_rootfs.h"

namespace bulkhead {
namespace {

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

}  // namespace
}  // namespace bulkhead
