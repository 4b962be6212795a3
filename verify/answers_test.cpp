#include "verify/answers.h"

#include <gtest/gtest.h>

namespace bulkhead::verify::answers_test {
namespace {

using probes::Observation;
using probes::Outcome;
using probes::Probe;

const Probe kMeasures{.id = "cgroup/a", .measures_cpu = true};
const Probe kOrdinary{.id = "cgroup/b"};

ContainerRun run_saying(const Observation& attempt,
                        const Observation& outside) {
  ContainerRun run;
  run.transcript.whole = true;
  for (const Probe* probe : {&kMeasures, &kOrdinary}) {
    run.transcript.halves[probe->id] = {.attempt = attempt, .witness = attempt};
    run.outside[probe->id] = outside;
  }
  return run;
}

Answers answers_of(Outcome attempt, Outcome outside) {
  Answers answers;
  collect(run_saying({.outcome = attempt}, {.outcome = outside}),
          {&kMeasures, &kOrdinary}, answers);
  return answers;
}

TEST(Answers, HalvesOfTwoRunsAreNeverJoined) {
  Answers answers = answers_of(Outcome::kRefused, Outcome::kBroken);
  ContainerRun cut;
  cut.outside["cgroup/a"] = {.outcome = Outcome::kRefused};
  collect(cut, {&kMeasures}, answers);
  EXPECT_FALSE(answers.at("cgroup/a").attempt);
  EXPECT_FALSE(answers.at("cgroup/a").witness);
  EXPECT_EQ(answers.at("cgroup/a").outside->outcome, Outcome::kRefused);
}

TEST(Answers, OnlyAProbeThatMeasuresCpuIsStarved) {
  const Answers busy = answers_of(Outcome::kRefused, Outcome::kBroken);
  EXPECT_TRUE(starved_control({&kMeasures}, busy));
  EXPECT_TRUE(starved_canary({&kMeasures}, busy));
  EXPECT_FALSE(starved_control({&kOrdinary}, busy));
  EXPECT_FALSE(starved_canary({&kOrdinary}, busy));
}

TEST(Answers, AControlSeenToEscapeIsEnough) {
  const Answers seen = answers_of(Outcome::kReached, Outcome::kBroken);
  EXPECT_FALSE(starved_control({&kMeasures}, seen));
}

TEST(Answers, ACanaryThatGotItsShareIsNotAskedAgain) {
  const Answers had = answers_of(Outcome::kRefused, Outcome::kRefused);
  EXPECT_FALSE(starved_canary({&kMeasures}, had));
}

}  // namespace
}  // namespace bulkhead::verify::answers_test
