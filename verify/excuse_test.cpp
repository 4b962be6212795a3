#include "verify/excuse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bulkhead::verify::excuse_test {
namespace {

using ::testing::HasSubstr;

Record over_blocked(probes::Observation witness) {
  return {.probe = "netns/x",
          .boundary = "netns",
          .verdict = Verdict::kInconclusive,
          .reason = "over-blocked",
          .seen = {.control = probes::reached("it"),
                   .attempt = probes::refused(1),
                   .witness = std::move(witness)}};
}

const Answer kNoLoopback{.not_offered = {{Boundary::kNetns, "loopback"}}};

TEST(Excuse, AWitnessWithoutWhatNothingAsksForJudgesNothing) {
  Record record = over_blocked(probes::fact_missing("loopback"));
  excuse_unoffered(*make_bwrap(), kNoLoopback, record);
  EXPECT_EQ(record.verdict, Verdict::kUnsupported);
  EXPECT_THAT(record.reason, HasSubstr("bwrap has no word for loopback: the "
                                       "fact loopback is missing"));
}

TEST(Excuse, WhatTheSubjectWasToldOfIsItsFault) {
  Record record = over_blocked(probes::fact_missing("loopback"));
  excuse_unoffered(*make_bwrap(), {}, record);
  EXPECT_EQ(record.verdict, Verdict::kInconclusive);
}

TEST(Excuse, ABrokenWitnessNeedsAReasonThatWasTried) {
  Record record = over_blocked(probes::broken("no answer"));
  excuse_unoffered(*make_bwrap(), kNoLoopback, record);
  EXPECT_EQ(record.verdict, Verdict::kInconclusive);
}

TEST(Excuse, ABlindProbeAndAnEscapeStayWhatTheyAre) {
  Record blind = over_blocked(probes::fact_missing("loopback"));
  blind.seen.control = probes::refused(1);
  excuse_unoffered(*make_bwrap(), kNoLoopback, blind);
  EXPECT_EQ(blind.verdict, Verdict::kInconclusive);
  Record escaped = over_blocked(probes::fact_missing("loopback"));
  escaped.verdict = Verdict::kEscaped;
  excuse_unoffered(*make_bwrap(), kNoLoopback, escaped);
  EXPECT_EQ(escaped.verdict, Verdict::kEscaped);
}

TEST(Excuse, APartIsKnownByItsPlaceToo) {
  Record record = over_blocked(probes::fact_missing("tmpfs mounts"));
  excuse_unoffered(
      *make_bwrap(),
      {.not_offered = {{Boundary::kRootfs, "tmpfs mounts at /run"}}}, record);
  EXPECT_EQ(record.verdict, Verdict::kUnsupported);
}

}  // namespace
}  // namespace bulkhead::verify::excuse_test
