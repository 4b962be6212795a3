#include "verify/faults/outcome.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace bulkhead::verify::faults::outcome_test {
namespace {

JobResult undisturbed() {
  JobResult result;
  result.hit = result.released = result.ran = result.whole = true;
  result.held = {{"pidns/ps", Held::kContained},
                 {"fds/none", Held::kContained},
                 {"lsm/label", Held::kAbsent},
                 {"cgroup/mount", Held::kEscaped}};
  result.residue = {"left file /run/always"};
  result.sites = {{"mount", "proc", 1, 1}, {"mount", "sys", 1, 1}};
  return result;
}

JobResult refused() {
  JobResult result;
  result.hit = true;
  result.code = 125;
  result.said = "start: mount: Operation not permitted (1)";
  return result;
}

class FaultOutcome : public ::testing::Test {
 protected:
  const Usual usual_ = usual_of({undisturbed(), undisturbed()});
};

TEST_F(FaultOutcome, UsualIsWhatAllUndisturbedRunsSay) {
  JobResult other = undisturbed();
  other.held["fds/none"] = Held::kUnknown;
  other.sites.pop_back();
  other.residue = {"left file /run/sometimes"};
  const Usual usual = usual_of({undisturbed(), other});
  EXPECT_FALSE(usual.held.contains("fds/none"));
  EXPECT_TRUE(usual.held.contains("pidns/ps"));
  EXPECT_EQ(1U, usual.sites.size());
  EXPECT_EQ(2U, usual.residue.size());
}

TEST_F(FaultOutcome, AnErrorAndNothingLeftIsClosed) {
  EXPECT_EQ(Outcome::kClosed, judge(usual_, refused()).outcome);
}

TEST_F(FaultOutcome, TheSameAsEverIsUnaffected) {
  EXPECT_EQ(Outcome::kUnaffected, judge(usual_, undisturbed()).outcome);
}

TEST_F(FaultOutcome, AProbeThatHeldAndDoesNotIsOpen) {
  JobResult result = undisturbed();
  result.held["pidns/ps"] = Held::kEscaped;
  const Judged judged = judge(usual_, result);
  EXPECT_EQ(Outcome::kOpen, judged.outcome);
  EXPECT_EQ(std::vector<std::string>{"pidns/ps"}, judged.weaker);
}

TEST_F(FaultOutcome, OpenIsWorseThanAnythingBesideIt) {
  JobResult result = undisturbed();
  result.held["pidns/ps"] = Held::kEscaped;
  result.timed_out = true;
  result.residue.emplace_back("process x");
  EXPECT_EQ(Outcome::kOpen, judge(usual_, result).outcome);
}

TEST_F(FaultOutcome, WhatNeverHeldIsNotWeaker) {
  JobResult result = undisturbed();
  result.held["lsm/label"] = Held::kEscaped;
  EXPECT_EQ(Outcome::kUnaffected, judge(usual_, result).outcome);
}

TEST_F(FaultOutcome, AProbeThatCannotAnswerAnyMoreIsNotWeaker) {
  JobResult result = undisturbed();
  result.held["pidns/ps"] = Held::kOverBlocked;
  EXPECT_EQ(Outcome::kUnaffected, judge(usual_, result).outcome);
}

TEST_F(FaultOutcome, AProbeThatSaysNothingAnyMoreIsNamed) {
  JobResult result = undisturbed();
  result.held["pidns/ps"] = Held::kUnknown;
  const Judged judged = judge(usual_, result);
  EXPECT_EQ(Outcome::kUnaffected, judged.outcome);
  EXPECT_EQ(std::vector<std::string>{"pidns/ps"}, judged.unjudged);
  EXPECT_TRUE(judge(usual_, undisturbed()).unjudged.empty());
}

TEST_F(FaultOutcome, WhatIsLeftIsResidueUnlessItAlwaysIs) {
  JobResult result = refused();
  result.residue = {"left file /run/always"};
  EXPECT_EQ(Outcome::kClosed, judge(usual_, result).outcome);
  result.residue.emplace_back("left cgroup /x");
  const Judged judged = judge(usual_, result);
  EXPECT_EQ(Outcome::kResidue, judged.outcome);
  EXPECT_EQ(std::vector<std::string>{"left cgroup /x"}, judged.residue);
}

TEST_F(FaultOutcome, NeitherAStartNorAnErrorIsAHang) {
  JobResult result = refused();
  result.timed_out = true;
  EXPECT_EQ(Outcome::kHang, judge(usual_, result).outcome);
}

TEST_F(FaultOutcome, AStatusOfZeroWithoutAWorkloadIsSilent) {
  JobResult result = refused();
  result.code = 0;
  EXPECT_EQ(Outcome::kSilent, judge(usual_, result).outcome);
}

TEST_F(FaultOutcome, AWorkloadThatBeganAndSaidNotAllIsCut) {
  JobResult result = refused();
  result.ran = true;
  EXPECT_EQ(Outcome::kCut, judge(usual_, result).outcome);
}

TEST_F(FaultOutcome, AFaultThatWasNotMetSaysNothing) {
  JobResult result = undisturbed();
  result.hit = false;
  result.held["pidns/ps"] = Held::kEscaped;
  EXPECT_EQ(Outcome::kNotReached, judge(usual_, result).outcome);
}

}  // namespace
}  // namespace bulkhead::verify::faults::outcome_test
