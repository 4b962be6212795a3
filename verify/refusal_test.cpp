#include "verify/refusal.h"

#include <gtest/gtest.h>

namespace bulkhead::verify {
namespace {

using enum Refusal::Kind;

const std::vector<StepName> kSteps = {{"rootfs.tree", Boundary::kRootfs},
                                      {"rootfs.pivot", Boundary::kRootfs},
                                      {"utsns.new", Boundary::kUtsns},
                                      {"utsns.verify", Boundary::kUtsns}};

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

TEST(Refusal, WithoutAStepKeepsItsWords) {
  const Refusal refusal =
      of("bulkhead: cgroup: read-back: /x/pids.max holds \"max\"");
  EXPECT_EQ(refusal.kind, kReadBack);
  EXPECT_EQ(refusal.at,
            "bulkhead: cgroup: read-back: /x/pids.max holds "
            "\"max\"");
}

}  // namespace
}  // namespace bulkhead::verify
