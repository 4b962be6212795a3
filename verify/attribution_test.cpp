#include "verify/attribution.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>

namespace bulkhead::verify::attribution_test {
namespace {

using probes::Observation;

std::string by(int error, int signal = 0) {
  return refused_by(Observation{.outcome = probes::Outcome::kRefused,
                                .error = error,
                                .signal = signal},
                    "own");
}

TEST(Attribution, EachLayerIsKnownByItsAnswer) {
  EXPECT_EQ(by(kSentinelErrno), "seccomp");
  EXPECT_EQ(by(ENOSYS), "seccomp");
  EXPECT_EQ(by(0, SIGSYS), "seccomp");
  EXPECT_EQ(by(EPERM), "capabilities-or-lsm");
  EXPECT_EQ(by(EACCES), "capabilities-or-lsm");
  EXPECT_EQ(by(EROFS), "mount");
  EXPECT_EQ(by(ENOENT), "namespace");
  EXPECT_EQ(by(ESRCH), "namespace");
  EXPECT_EQ(by(ECONNREFUSED), "namespace");
  EXPECT_EQ(by(ENOKEY), "namespace");
  EXPECT_EQ(by(EAGAIN), "limit");
  EXPECT_EQ(by(ENOMEM), "limit");
  EXPECT_EQ(by(ENOSPC), "limit");
  EXPECT_EQ(by(0, SIGKILL), "limit");
  EXPECT_EQ(by(ENXIO), "devices");
}

TEST(Attribution, AnAnswerThatSaysNothingIsTheProbesOwnBoundary) {
  EXPECT_EQ(by(0), "own");
  EXPECT_EQ(by(EBADF), "own");
  EXPECT_EQ(by(0, SIGSEGV), "own");
}

}  // namespace
}  // namespace bulkhead::verify::attribution_test
