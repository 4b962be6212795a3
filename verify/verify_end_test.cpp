// Runs that are interrupted or killed on the way.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/syscall.h>

#include <csignal>
#include <iterator>

#include "runtime/base/fd.h"
#include "verify/verify_fixture.h"

namespace bulkhead::verify::verify_end_test {
namespace {

class VerifyEnd : public Verify {
 protected:
  /// A subject that says through a fifo that it runs, and then never ends.
  [[nodiscard]] std::string hanging_script() const {
    const std::string fifo = directory_ + "/fifo";
    mkfifo(fifo.c_str(), 0600);
    return script(
        "case $1 in --version) exit 0;; esac\n"
        "case $(cat \"$5/config.json\") in *'\"ids\"'*) exit 0;; esac\n"
        "echo runs > " +
        fifo + "\nexec sleep 1000");
  }
  void await_start() const {
    const Fd fifo(open((directory_ + "/fifo").c_str(), O_RDONLY | O_CLOEXEC));
    char byte = 0;
    ASSERT_EQ(read(fifo.get(), &byte, 1), 1);
  }
  static std::vector<pid_t> children_of(pid_t pid) {
    const std::string id = std::to_string(pid);
    std::istringstream list(
        read_file("/proc/" + id + "/task/" + id + "/children").value());
    return {std::istream_iterator<pid_t>(list), {}};
  }
  /// The processes that keep a run's boxes, one each; known to look() from now
  /// on.
  std::vector<pid_t> keepers_of(pid_t pid) {
    std::vector<pid_t> keepers = children_of(pid);
    begun_.insert(begun_.end(), keepers.begin(), keepers.end());
    return keepers;
  }
  static bool ends(const Fd& process) {
    pollfd polled{process.get(), POLLIN, 0};
    return poll(&polled, 1, 10'000) == 1;
  }
  static Fd watch(pid_t pid) {
    return Fd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  }
};

TEST_F(VerifyEnd, AnInterruptEndsItCleanly) {
  for (const int signal : {SIGINT, SIGTERM}) {
    const pid_t pid = begin(options({hanging_script()}));
    await_start();
    EXPECT_FALSE(keepers_of(pid).empty());
    kill(pid, signal);
    EXPECT_EQ(finish(pid).status, kExitInterrupted);
    EXPECT_EQ(look(begun_), before_);
  }
}

TEST_F(VerifyEnd, AKilledBoxIsNoVerdictAndLeavesNothing) {
  const pid_t pid = begin(options({hanging_script()}));
  await_start();
  std::size_t killed = 0;
  for (const pid_t keeper : keepers_of(pid)) {
    for (const pid_t box : children_of(keeper)) {
      kill(box, SIGKILL);
      ++killed;
    }
  }
  EXPECT_GT(killed, 0U);
  EXPECT_EQ(finish(pid).status, kExitInconclusive);
}

TEST_F(VerifyEnd, AKilledKeeperIsNoVerdictAndItsBoxDies) {
  const pid_t pid = begin(options({hanging_script()}));
  await_start();
  std::vector<Fd> boxes;
  for (const pid_t keeper : keepers_of(pid)) {
    for (const pid_t box : children_of(keeper)) boxes.push_back(watch(box));
    kill(keeper, SIGKILL);
  }
  ASSERT_FALSE(boxes.empty());
  EXPECT_EQ(finish(pid).status, kExitInconclusive);
  for (const Fd& box : boxes)
    EXPECT_TRUE(ends(box)) << "it outlived its keeper";
  // Nobody was left to remove its cgroups.
  for (const std::string& path : look(begun_).cgroups) {
    if (before_.cgroups.contains(path)) continue;
    remove_cgroups_below(path);
    EXPECT_EQ(rmdir(path.c_str()), 0) << path;
  }
}

TEST_F(VerifyEnd, WhenTheCallerIsKilledItsBoxesAreTakenApart) {
  const pid_t pid = begin(options({hanging_script()}));
  await_start();
  std::vector<Fd> keepers;
  for (const pid_t keeper : keepers_of(pid)) keepers.push_back(watch(keeper));
  ASSERT_FALSE(keepers.empty());
  kill(pid, SIGKILL);
  EXPECT_EQ(finish(pid).status, -1);
  for (const Fd& keeper : keepers) EXPECT_TRUE(ends(keeper)) << "still there";
  EXPECT_EQ(look(begun_), before_);
}

}  // namespace
}  // namespace bulkhead::verify::verify_end_test
