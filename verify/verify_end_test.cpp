// Runs that are interrupted or killed on the way.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/syscall.h>

#include <csignal>

#include "runtime/base/fd.h"
#include "verify/verify_fixture.h"

namespace bulkhead::verify {
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
  static pid_t only_child_of(pid_t pid) {
    const std::string id = std::to_string(pid);
    return std::atoi(
        read_file("/proc/" + id + "/task/" + id + "/children").value().c_str());
  }
};

TEST_F(VerifyEnd, AnInterruptEndsItCleanly) {
  for (const int signal : {SIGINT, SIGTERM}) {
    const pid_t pid = begin(options({hanging_script()}));
    await_start();
    kill(pid, signal);
    EXPECT_EQ(finish(pid).status, kExitInterrupted);
    EXPECT_EQ(look(begun_), before_);
  }
}

TEST_F(VerifyEnd, AKilledBoxIsNoVerdictAndLeavesNothing) {
  const pid_t pid = begin(options({hanging_script()}));
  await_start();
  kill(only_child_of(pid), SIGKILL);
  EXPECT_EQ(finish(pid).status, kExitInconclusive);
}

TEST_F(VerifyEnd, TheBoxDiesWithItsCaller) {
  const pid_t pid = begin(options({hanging_script()}));
  await_start();
  const Fd box(
      static_cast<int>(syscall(SYS_pidfd_open, only_child_of(pid), 0)));
  ASSERT_TRUE(box);
  kill(pid, SIGKILL);
  pollfd polled{box.get(), POLLIN, 0};
  EXPECT_EQ(poll(&polled, 1, 10'000), 1) << "the box outlived its caller";
  EXPECT_EQ(finish(pid).status, -1);
  // Nobody was left to remove its cgroups.
  for (const std::string& path : look(begun_).cgroups) {
    if (before_.cgroups.contains(path)) continue;
    remove_cgroups_below(path);
    EXPECT_EQ(rmdir(path.c_str()), 0) << path;
  }
}

}  // namespace
}  // namespace bulkhead::verify
