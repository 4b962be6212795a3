#include "verify/refusal.h"

#include <gtest/gtest.h>

namespace bulkhead::verify::refusal_test {
namespace {

using enum Refusal::Kind;

const std::vector<StepName> kSteps = {
    {"rootfs.tree", Boundary::kRootfs},
    {"rootfs.pivot", Boundary::kRootfs},
    {"utsns.new", Boundary::kUtsns},
    {"utsns.verify", Boundary::kUtsns},
    {"cgroup.limit:pids.max", Boundary::kCgroup}};

Refusal of(const std::string& words) { return refusal_of(words, kSteps); }

TEST(Refusal, IsNoneWhereTheStartBegan) { EXPECT_EQ(of("").kind, kNone); }

TEST(Refusal, OfAComparisonIsAReadBack) {
  const Refusal refusal =
      of("bulkhead: start: utsns.verify: read-back: must not be uts:[1], but "
         "the kernel shows \"uts:[1]\"");
  EXPECT_EQ(refusal.kind, kReadBack);
  EXPECT_EQ(refusal.at, "utsns.verify");
}

TEST(Refusal, OfACallIsANeedOfWhatWasLeftOut) {
  const Refusal refusal =
      of("bulkhead: start: rootfs.pivot: fchdir(rootfs): Bad file descriptor "
         "(9)");
  EXPECT_EQ(refusal.kind, kNeeded);
  EXPECT_EQ(refusal.at, "rootfs.pivot");
}

TEST(Refusal, OfThePlanIsNone) {
  EXPECT_EQ(of("bulkhead: --skip clone: without it nothing starts").kind,
            kUsage);
}

TEST(Refusal, OfALimitIsKnownByItsFile) {
  const Refusal read_back =
      of("bulkhead: cgroup: read-back: /x/pids.max holds \"max\", not \"1\"");
  EXPECT_EQ(read_back.kind, kReadBack);
  EXPECT_EQ(read_back.at, "cgroup.limit:pids.max");
  const Refusal call =
      of("bulkhead: cgroup: 1: write /x/pids.max: Invalid argument (22)");
  EXPECT_EQ(call.kind, kNeeded);
  EXPECT_EQ(call.at, "cgroup.limit:pids.max");
}

TEST(Refusal, WithoutAStepKeepsItsWords) {
  EXPECT_EQ(of("bulkhead: no memory").at, "bulkhead: no memory");
}

}  // namespace
}  // namespace bulkhead::verify::refusal_test
