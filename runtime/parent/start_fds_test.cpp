// The workload gets descriptors 0 to 2, whatever the caller has open, and a
// descriptor that would slip through refuses the start.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/close_range.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <vector>

#include "runtime/parent/test_rootfs.h"

namespace bulkhead {
namespace {

using ::testing::HasSubstr;

/// Its parameter is the decoy's number: in a small table of descriptors, and in
/// one that is walked by /proc/self/fd.
class StartFds : public ContainerTest,
                 public ::testing::WithParamInterface<int> {
 protected:
  void SetUp() override {
    ContainerTest::SetUp();
    rlimit limit{};
    ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &limit));
    limit.rlim_cur = limit.rlim_max;
    ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
    // What the test itself was started with.
    ASSERT_EQ(0, close_range(3, ~0U, CLOSE_RANGE_CLOEXEC));
    const int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    ASSERT_GE(root, 0);
    ASSERT_EQ(GetParam(), dup2(root, GetParam()));  // no O_CLOEXEC
    close(root);
  }
  void TearDown() override {
    close(GetParam());
    ContainerTest::TearDown();
  }

  [[nodiscard]] Spec counting_spec() const {
    return spec_for(
        "set -- /proc/self/fd/*; for f; do [ ${f##*/} -le 3 ] || exit 9; done; "
        "exit 0");
  }
};

TEST_P(StartFds, NoneOfTheCallersArrives) {
  Result<Plan> plan = make_plan(counting_spec(), host());
  ASSERT_TRUE(plan) << plan.error().message();
  std::string error;
  EXPECT_EQ(0, run(*plan, &error)) << error;
}

TEST_P(StartFds, OneThatWouldSlipThroughRefusesTheStart) {
  Result<Plan> plan = make_plan(counting_spec(), host());
  ASSERT_TRUE(plan) << plan.error().message();
  std::erase_if(plan->child, [](const Call& call) {
    return call.number == SYS_close_range || call.op == Op::kCloseAbove;
  });
  std::string error;
  EXPECT_EQ(-1, run(*plan, &error));
  EXPECT_THAT(error, HasSubstr("fds.close: read-back"));
  EXPECT_THAT(error, HasSubstr("descriptor " + std::to_string(GetParam())));
}

TEST_P(StartFds, WhatLiesAboveTheStartsOwnIsClosedAtOnce) {
  Result<Plan> plan = make_plan(counting_spec(), host());
  ASSERT_TRUE(plan) << plan.error().message();
  std::erase_if(plan->child, [](const Call& call) {
    return call.number == SYS_close_range;
  });
  std::string error;
  EXPECT_EQ(0, run(*plan, &error)) << error;
}

TEST_P(StartFds, OneByOneBeforeCloseRangeCloexec) {
  Host old = host();
  old.close_range_cloexec = false;
  Result<Plan> plan = make_plan(counting_spec(), old);
  ASSERT_TRUE(plan) << plan.error().message();
  std::string error;
  EXPECT_EQ(0, run(*plan, &error)) << error;
}

/// More descriptors than the container may have.
TEST_F(ContainerTest, StartsForACallerWithManyDescriptors) {
  constexpr int kMany = 1200;
  rlimit limit{};
  ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &limit));
  limit.rlim_cur = limit.rlim_max;
  ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
  std::vector<Fd> open_ones;
  for (int i = 0; i < kMany; ++i) {
    open_ones.emplace_back(open("/dev/null", O_RDONLY | O_CLOEXEC));
    ASSERT_TRUE(open_ones.back());
  }
  Result<Plan> plan = make_plan(spec_for("[ $(ulimit -n) = 1024 ]"), host());
  ASSERT_TRUE(plan) << plan.error().message();
  std::string error;
  EXPECT_EQ(0, run(*plan, &error)) << error;
}

INSTANTIATE_TEST_SUITE_P(Tables, StartFds, ::testing::Values(60, 3000),
                         ::testing::PrintToStringParamName());

}  // namespace
}  // namespace bulkhead
