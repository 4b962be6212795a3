// A Launcher in a caller of many threads, and in a large one.
#include <gmock/gmock.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include "runtime/launcher/launcher_fixture.h"

namespace bulkhead {
namespace {

class LauncherStress : public LauncherTest {};

TEST_F(LauncherStress, EightThreadsStartAtTheSameTime) {
  constexpr int kThreads = 8;
  constexpr int kEach = 25;
  ASSERT_EQ(1, prctl(PR_GET_DUMPABLE));
  Launcher launcher = make_launcher({.workers = 2, .teardown_limit = 8});
  const ProgramId parked =
      add(launcher, spec_for("exit 0"), {.size = 4, .depth = ParkAt::kExec});
  const ProgramId tree =
      add(launcher, spec_for("exit 0"), {.size = 2, .depth = ParkAt::kTree});
  const ProgramId cold = add(launcher, spec_for("exit 0"), {});
  std::atomic<int> right{0};
  std::atomic<int> ready{0};
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int number = 0; number < kThreads; ++number) {
    threads.emplace_back([&, number] {
      for (int i = 0; i < kEach; ++i) {
        const int code = (number * kEach + i) % 100;
        const std::string words = "own-" + std::to_string(code);
        const ProgramId program = i % 3 == 0   ? parked
                                  : i % 3 == 1 ? tree
                                               : cold;
        std::string text;
        ParkAt from = ParkAt::kNowhere;
        const int status =
            run(launcher, program,
                script("echo " + words + "; exit " + std::to_string(code)),
                &text, &from);
        if (from != ParkAt::kNowhere) ++ready;
        if (status == code && text == words + "\n") {
          ++right;
        } else {
          ADD_FAILURE() << status << " for " << code << ": " << text;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(kThreads * kEach, right.load());
  EXPECT_GT(ready.load(), 0);
  const Status drained = launcher.drain();
  EXPECT_TRUE(drained) << drained.error().message();
  EXPECT_EQ(1, prctl(PR_GET_DUMPABLE));
}

TEST_F(LauncherStress, ALargeCallerStartsAsFastAsASmallOne) {
  constexpr std::size_t kBytes = std::size_t{512} << 20;
  constexpr int kStarts = 15;
  // A fork would copy page tables: 20 ms at this size, however lucky it is. The
  // fastest of each is compared, since the machine may be busy.
  constexpr std::chrono::milliseconds kMuch{8};
  Launcher launcher = make_launcher();
  const ProgramId program = add(launcher, spec_for("exit 0"), {});
  if (!launcher.plan(program).share_memory) {
    GTEST_SKIP() << "this kernel enters no time namespace at exec (6.3): the "
                    "child has memory of its own";
  }
  const auto fastest = [&] {
    std::vector<std::chrono::nanoseconds> times;
    for (int i = 0; i < kStarts; ++i) {
      const auto begin = std::chrono::steady_clock::now();
      Result<Launched> launched = launcher.start(program);
      times.push_back(std::chrono::steady_clock::now() - begin);
      EXPECT_TRUE(launched && launched->container.wait());
    }
    return *std::ranges::min_element(times);
  };
  const auto small = fastest();
  void* memory = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(MAP_FAILED, memory);
  ASSERT_EQ(0, madvise(memory, kBytes, MADV_NOHUGEPAGE));
  for (std::size_t at = 0; at < kBytes; at += 4096) {
    static_cast<volatile char*>(memory)[at] = 1;
  }
  const auto large = fastest();
  munmap(memory, kBytes);
  EXPECT_LT(large, small + kMuch);
}

}  // namespace
}  // namespace bulkhead
