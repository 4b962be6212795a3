#include "verify/judge_asked.h"

#include <gtest/gtest.h>

#include <vector>

namespace bulkhead::verify::judge_asked_test {
namespace {

using probes::Observation;
using probes::Outcome;
using Half = std::optional<Observation>;

std::vector<Half> every_half() {
  return {std::nullopt,
          Observation{.outcome = Outcome::kRefused, .error = EPERM},
          Observation{.outcome = Outcome::kReached, .evidence = "through"},
          Observation{.outcome = Outcome::kAbsent, .evidence = "no feature"},
          Observation{.outcome = Outcome::kBroken, .evidence = "broken"},
          Observation{.outcome = Outcome::kBroken,
                      .evidence = "broken",
                      .missing_fact = "pids.max"}};
}

bool misses_fact(const Half& seen) {
  return is(seen, Outcome::kBroken) && seen->missing_fact == "pids.max";
}

// The table of judge_asked.h, written a second time.
Verdict table(const Observed& subject, const Observed& reference,
              const Claim& claim) {
  const Verdict plain = judge(subject).verdict;
  if (plain == Verdict::kEscaped) {
    if (claim.as_asked || claim.not_asked.empty()) return Verdict::kEscaped;
    if (is(reference.attempt, Outcome::kReached) ||
        is(reference.outside, Outcome::kReached)) {
      return Verdict::kOpen;
    }
    if (!is(reference.attempt, Outcome::kRefused)) {
      return Verdict::kInconclusive;
    }
    return claim.unasked_by_reference ? Verdict::kOpen : Verdict::kEscaped;
  }
  if (plain != Verdict::kInconclusive) return plain;
  if (misses_fact(subject.attempt) && misses_fact(reference.attempt) &&
      !claim.not_asked.empty()) {
    return Verdict::kOpen;
  }
  const auto both = [](const Half& one, const Half& other, Outcome outcome) {
    return is(one, outcome) && is(other, outcome);
  };
  if (both(subject.attempt, reference.attempt, Outcome::kBroken) ||
      both(subject.attempt, reference.attempt, Outcome::kAbsent) ||
      both(subject.witness, reference.witness, Outcome::kBroken) ||
      both(subject.outside, reference.outside, Outcome::kBroken)) {
    return Verdict::kUnsupported;
  }
  return Verdict::kInconclusive;
}

TEST(JudgeAsked, FollowsTheTableForEveryCombination) {
  std::array<int, kVerdictNames.size()> seen_verdicts{};
  const std::vector<Half> witnesses = {every_half()[0], every_half()[2],
                                       every_half()[4]};
  const std::vector<Half> outsides = {every_half()[0], every_half()[1],
                                      every_half()[2], every_half()[4]};
  for (const auto& control : {every_half()[1], every_half()[2]}) {
    for (const auto& attempt : every_half()) {
      for (const auto& witness : witnesses) {
        for (const auto& outside : outsides) {
          for (const auto& r_attempt : every_half()) {
            for (const auto& r_witness : witnesses) {
              for (const auto& r_outside : outsides) {
                for (int bits = 0; bits < 8; ++bits) {
                  const Observed subject{control, {},      attempt,
                                         witness, outside, outside.has_value()};
                  const Observed reference{control,   {},        r_attempt,
                                           r_witness, r_outside, false};
                  const Claim claim{(bits & 1) != 0, (bits & 2) != 0 ? "x" : "",
                                    (bits & 4) != 0};
                  const auto judgement = judge_asked(subject, reference, claim);
                  ASSERT_EQ(judgement.verdict, table(subject, reference, claim))
                      << judgement.reason;
                  ASSERT_EQ(judgement.reason.empty(),
                            judgement.verdict == Verdict::kContained);
                  ++seen_verdicts[static_cast<std::size_t>(judgement.verdict)];
                }
              }
            }
          }
        }
      }
    }
  }
  for (const int count : seen_verdicts) EXPECT_GT(count, 0);
}

// The few that matter most, by hand.

const Observed kThrough{.control = probes::reached("red"),
                        .attempt = probes::reached("through"),
                        .witness = probes::works()};
const Observed kHeld{.control = probes::reached("red"),
                     .attempt = probes::refused(EPERM),
                     .witness = probes::works()};

TEST(JudgeAsked, WhatTheReferenceHoldsIsAskedFor) {
  EXPECT_EQ(judge_asked(kThrough, kHeld, {.not_asked = "seccomp"}).verdict,
            Verdict::kEscaped);
}

TEST(JudgeAsked, WhatNobodyHoldsAndNobodyAskedForIsOpenAndSaysWhatIsLacking) {
  const auto judgement =
      judge_asked(kThrough, kThrough, {.not_asked = "seccomp (no filter)"});
  EXPECT_EQ(judgement.verdict, Verdict::kOpen);
  EXPECT_NE(judgement.reason.find("seccomp (no filter)"), std::string::npos);
}

TEST(JudgeAsked, AnEscapeIsNeverOpenWhereAllOfItWasAskedFor) {
  EXPECT_EQ(judge_asked(kThrough, kThrough, {}).verdict, Verdict::kEscaped);
}

TEST(JudgeAsked, NotAsAskedIsNeverOpen) {
  EXPECT_EQ(judge_asked(kThrough, kThrough,
                        {.as_asked = true, .not_asked = "rlimits"})
                .verdict,
            Verdict::kEscaped);
}

TEST(JudgeAsked, NoRecordIsNeverOpenOrUnsupported) {
  const Observed silent{.control = probes::reached("red")};
  for (const Observed& reference : {silent, kHeld, kThrough}) {
    EXPECT_EQ(judge_asked(silent, reference, {.not_asked = "seccomp"}).verdict,
              Verdict::kInconclusive);
  }
}

TEST(JudgeAsked, ContainedNeedsItsRedTwinHereToo) {
  Observed blind = kHeld;
  blind.control = probes::refused(EPERM);
  EXPECT_EQ(judge_asked(blind, blind, {}).verdict, Verdict::kInconclusive);
  EXPECT_EQ(judge_asked(kHeld, kThrough, {.not_asked = "x"}).verdict,
            Verdict::kContained);
}

}  // namespace
}  // namespace bulkhead::verify::judge_asked_test
