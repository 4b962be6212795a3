#include "runtime/launcher/bell.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>
#include <vector>

namespace bulkhead {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::microseconds;

class BellTest : public testing::Test {
 protected:
  void SetUp() override {
    auto made = Bell::make();
    ASSERT_TRUE(made) << made.error().message();
    bell_.emplace(std::move(*made));
  }
  /// How long one sleeps who goes to sleep now.
  Clock::duration sleep() {
    const auto begin = Clock::now();
    std::unique_lock lock(mutex_);
    bell_->wait(lock);
    return Clock::now() - begin;
  }

  std::mutex mutex_;
  std::optional<Bell> bell_;
};

TEST_F(BellTest, WhoComesLateHearsIt) {
  bell_->ring();
  sleep();
}

TEST_F(BellTest, RingsSoonAndNotAtOnce) {
  // Of several, since this thread may have to wait for a CPU before it sleeps.
  Clock::duration longest{};
  for (int i = 0; i < 20; ++i) {
    bell_->ring_soon();
    longest = std::max(longest, sleep());
  }
  EXPECT_GT(longest, microseconds(500));
}

TEST_F(BellTest, WhatRingsSoonIsNotPutOff) {
  bell_->ring();
  bell_->ring_soon();
  Clock::duration shortest = Clock::duration::max();
  for (int i = 0; i < 20; ++i) {
    shortest = std::min(shortest, sleep());
    bell_->ring();
    bell_->ring_soon();
  }
  EXPECT_LT(shortest, microseconds(500));
}

TEST_F(BellTest, RingsAtOnceWhereThereIsNoTimer) {
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  // Room for one descriptor: the timer is the second.
  const Fd next(dup(STDERR_FILENO));
  const rlimit one_more{static_cast<rlim_t>(next.get()) + 2, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &one_more), 0);
  auto made = Bell::make();
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_TRUE(made) << made.error().message();
  bell_.emplace(std::move(*made));
  Clock::duration shortest = Clock::duration::max();
  for (int i = 0; i < 20; ++i) {
    bell_->ring_soon();
    shortest = std::min(shortest, sleep());
  }
  EXPECT_LT(shortest, microseconds(500));
}

TEST_F(BellTest, IsHeardByOneAtATime) {
  constexpr int kSleepers = 3;
  int heard = 0;
  std::vector<std::thread> sleepers;
  for (int i = 0; i < kSleepers; ++i) {
    sleepers.emplace_back([&] {
      std::unique_lock lock(mutex_);
      bell_->wait(lock);
      ++heard;
      bell_->ring();
    });
  }
  {
    const std::lock_guard lock(mutex_);
    bell_->ring();
  }
  for (std::thread& sleeper : sleepers) sleeper.join();
  EXPECT_EQ(heard, kSleepers);
}

}  // namespace
}  // namespace bulkhead
