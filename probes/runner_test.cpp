#include "probes/runner.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "probes/support/child.h"
#include "probes/support/inherited.h"
#include "probes/support/try.h"

namespace bulkhead::probes {
namespace {

// The runner changes signals and subreaping: each run in a process of its own.
Observation run_alone(Observation (*body)(Inside&), Half half,
                      unsigned seconds = 5) {
  return in_child([=] {
    start_runner();
    Probe probe{.id = "pidns/made-up", .attempt = body, .witness = body};
    probe.seconds = seconds;
    const Facts facts{{"nonce", "0123"}};
    return run_half(probe, half, facts);
  });
}

TEST(Runner, PassesOnWhatTheHalfSaw) {
  const Observation seen =
      run_alone([](Inside& inside) { return refused(EACCES, inside.nonce()); },
                Half::kAttempt);
  EXPECT_EQ(seen.outcome, Outcome::kRefused);
  EXPECT_EQ(seen.error, EACCES);
  EXPECT_EQ(seen.evidence, "0123");
}

TEST(Runner, TakesDeathBySigsysForARefusalOfTheAttempt) {
  const auto die = [](Inside&) -> Observation {
    raise(SIGSYS);
    return broken("still alive");
  };
  const Observation attempt = run_alone(die, Half::kAttempt);
  EXPECT_EQ(attempt.outcome, Outcome::kRefused);
  EXPECT_EQ(attempt.signal, SIGSYS);
  const Observation witness = run_alone(die, Half::kWitness);
  EXPECT_EQ(witness.outcome, Outcome::kBroken);
}

TEST(Runner, TakesAnyOtherDeathForBroken) {
  const Observation seen = run_alone(
      [](Inside&) -> Observation {
        raise(SIGKILL);
        return reached("still alive");
      },
      Half::kAttempt);
  EXPECT_EQ(seen.outcome, Outcome::kBroken);
  EXPECT_EQ(seen.signal, SIGKILL);
}

TEST(Runner, TakesSilenceForBroken) {
  const Observation seen =
      run_alone([](Inside&) -> Observation { _exit(0); }, Half::kAttempt);
  EXPECT_EQ(seen.outcome, Outcome::kBroken);
}

TEST(Runner, EndsAHalfThatPassesItsDeadline) {
  const Observation seen = run_alone(
      [](Inside&) -> Observation {
        while (true) pause();
      },
      Half::kAttempt, 1);
  EXPECT_EQ(seen.outcome, Outcome::kBroken);
  EXPECT_EQ(seen.evidence, "no answer within 1 s");
}

TEST(Runner, AHalfThatNobodyToldOfDescriptorsIsBroken) {
  const Observation seen = run_alone(
      [](Inside& inside) {
        return inherited(inside).empty() ? refused(0, "none") : reached("some");
      },
      Half::kAttempt);
  EXPECT_EQ(Outcome::kBroken, seen.outcome) << seen.evidence;
}

TEST(Runner, ReapsWhatAHalfLeavesBehind) {
  const Observation seen = in_child([] {
    start_runner();
    Probe probe{.id = "pidns/made-up"};
    probe.attempt = [](Inside&) {
      int error = 0;
      const pid_t left = fork_bound();
      if (left == 0) {
        while (true) pause();
      }
      return fork_many(3, error) == 3 ? reached("left one") : broken("fork");
    };
    const Facts facts;
    const Observation half = run_half(probe, Half::kAttempt, facts);
    const bool none = waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD;
    return none ? half : broken("a child is left");
  });
  EXPECT_EQ(seen.outcome, Outcome::kReached) << seen.evidence;
}

TEST(Runner, CutsEvidenceThatIsTooLong) {
  const Observation seen =
      run_alone([](Inside&) { return reached(std::string(1 << 20, 'x')); },
                Half::kAttempt);
  EXPECT_EQ(seen.outcome, Outcome::kReached);
  EXPECT_LT(seen.evidence.size(), 4096U);
}

TEST(Tally, IsReachedByOneWayOfMany) {
  Tally tally;
  tally.add("door", refused(EPERM));
  tally.add("window", reached("open"));
  EXPECT_EQ(tally.result().outcome, Outcome::kReached);
  EXPECT_EQ(tally.result().evidence,
            "reached 1 of 2: window (open); refused door EPERM");
}

TEST(Tally, IsRefusedByTheFirstErrno) {
  Tally tally;
  tally.add("cellar", absent("none"));
  tally.add("door", refused(EROFS));
  tally.add("window", refused(EPERM));
  EXPECT_EQ(tally.result().outcome, Outcome::kRefused);
  EXPECT_EQ(tally.result().error, EROFS);
}

TEST(Tally, IsBrokenWhenAWayCouldNotBeTried) {
  Tally tally;
  tally.add("door", refused(EPERM));
  tally.add("window", broken("no ladder"));
  EXPECT_EQ(tally.result().outcome, Outcome::kBroken);
}

TEST(Tally, MissesAFactOnlyIfNothingElseIsBroken) {
  Tally tally;
  tally.add("one", fact_missing("a"));
  tally.add("two", fact_missing("b"));
  EXPECT_EQ(tally.result().missing_fact, "a");
  tally.add("three", broken("for another reason"));
  EXPECT_EQ(tally.result().missing_fact, "");
  EXPECT_EQ(tally.result().outcome, Outcome::kBroken);
}

TEST(Tally, IsAbsentWhenThereWasNothingToTry) {
  EXPECT_EQ(Tally{}.result().outcome, Outcome::kAbsent);
}

TEST(Observe, TellsTheErrnosThatComePastTheCheck) {
  EXPECT_EQ(observe({0, 0}, {}, "x").outcome, Outcome::kReached);
  EXPECT_EQ(observe({-1, EINVAL}, {EINVAL}, "x").outcome, Outcome::kReached);
  EXPECT_EQ(observe({-1, EINVAL}, {EFAULT}, "x").outcome, Outcome::kRefused);
  EXPECT_EQ(observe({-1, EPERM}, {EFAULT}, "x").error, EPERM);
}

}  // namespace
}  // namespace bulkhead::probes
