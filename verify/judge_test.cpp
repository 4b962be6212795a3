#include "verify/judge.h"

#include <gtest/gtest.h>

#include <vector>

namespace bulkhead::verify::judge_test {
namespace {

using probes::Observation;
using probes::Outcome;

// Index 0 is "no observation", 1.. the outcomes.
std::vector<std::optional<Observation>> every_observation() {
  return {std::nullopt,
          Observation{.outcome = Outcome::kRefused, .error = EPERM},
          Observation{.outcome = Outcome::kReached, .evidence = "through"},
          Observation{.outcome = Outcome::kAbsent, .evidence = "no feature"},
          Observation{.outcome = Outcome::kBroken, .evidence = "broken"}};
}

// The table of judge.h, written a second time, as literally as possible.
Verdict table(const Observed& seen) {
  const bool control_succeeds = is(seen.control, Outcome::kReached) ||
                                is(seen.control_outside, Outcome::kReached);
  const bool outside_changed = is(seen.outside, Outcome::kReached);
  const bool outside_ok =
      !seen.outside_expected || is(seen.outside, Outcome::kRefused);
  if (is(seen.attempt, Outcome::kReached) || outside_changed) {
    return Verdict::kEscaped;
  }
  if (is(seen.control, Outcome::kAbsent) && !control_succeeds &&
      (is(seen.attempt, Outcome::kRefused) ||
       is(seen.attempt, Outcome::kAbsent))) {
    return Verdict::kUnsupported;
  }
  if (control_succeeds && is(seen.attempt, Outcome::kRefused) &&
      is(seen.witness, Outcome::kReached) && outside_ok) {
    return Verdict::kContained;
  }
  return Verdict::kInconclusive;
}

TEST(Judge, FollowsTheTableForEveryCombination) {
  int seen_verdicts[4] = {};
  int combinations = 0;
  for (const auto& control : every_observation()) {
    for (const auto& control_outside : every_observation()) {
      for (const auto& attempt : every_observation()) {
        for (const auto& witness : every_observation()) {
          for (const auto& outside : every_observation()) {
            for (const bool expected : {false, true}) {
              const Observed seen{control, control_outside, attempt,
                                  witness, outside,         expected};
              const Judgement judgement = judge(seen);
              ASSERT_EQ(judgement.verdict, table(seen)) << judgement.reason;
              ASSERT_EQ(judgement.reason.empty(),
                        judgement.verdict == Verdict::kContained);
              ++seen_verdicts[static_cast<int>(judgement.verdict)];
              ++combinations;
            }
          }
        }
      }
    }
  }
  EXPECT_EQ(combinations, 5 * 5 * 5 * 5 * 5 * 2);
  for (const int count : seen_verdicts) EXPECT_GT(count, 0);
}

// The few that matter most, by hand, so that the test above and the code
// cannot be wrong in the same way.
TEST(Judge, NothingSeenIsNeverContained) {
  EXPECT_EQ(judge({}).verdict, Verdict::kInconclusive);
}

TEST(Judge, RefusedWithoutARedTwinIsNotContained) {
  Observed seen{.attempt = Observation{.outcome = Outcome::kRefused},
                .witness = Observation{.outcome = Outcome::kReached}};
  EXPECT_EQ(judge(seen).verdict, Verdict::kInconclusive);
  seen.control = Observation{.outcome = Outcome::kRefused};
  EXPECT_EQ(judge(seen).verdict, Verdict::kInconclusive);
  seen.control = Observation{.outcome = Outcome::kReached};
  EXPECT_EQ(judge(seen).verdict, Verdict::kContained);
}

TEST(Judge, EverythingBrokenIsNotIsolation) {
  const Observed seen{.control = Observation{.outcome = Outcome::kReached},
                      .attempt = Observation{.outcome = Outcome::kRefused},
                      .witness = Observation{.outcome = Outcome::kBroken}};
  EXPECT_EQ(judge(seen).verdict, Verdict::kInconclusive);
}

TEST(Judge, AChangeOutsideOutweighsEveryRefusalInside) {
  const Observed seen{.control = Observation{.outcome = Outcome::kAbsent},
                      .attempt = Observation{.outcome = Outcome::kRefused},
                      .witness = Observation{.outcome = Outcome::kReached},
                      .outside = Observation{.outcome = Outcome::kReached},
                      .outside_expected = true};
  EXPECT_EQ(judge(seen).verdict, Verdict::kEscaped);
}

TEST(Judge, UnsupportedGivesTheControlsReason) {
  const Observed seen{.control = Observation{.outcome = Outcome::kAbsent,
                                             .evidence = "no IPv6"},
                      .attempt = Observation{.outcome = Outcome::kRefused}};
  EXPECT_EQ(judge(seen).verdict, Verdict::kUnsupported);
  EXPECT_EQ(judge(seen).reason, "no IPv6");
}

}  // namespace
}  // namespace bulkhead::verify::judge_test
