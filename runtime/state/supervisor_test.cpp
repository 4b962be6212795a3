#include "runtime/state/supervisor.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace bulkhead {
namespace {

Supervisor self() {
  const Result<Supervisor> self = this_supervisor();
  EXPECT_TRUE(self) << self.error().message();
  return self.value_or(Supervisor());
}

TEST(Supervisor, ThisOneHasNotEnded) {
  EXPECT_FALSE(has_ended(self(), self()));
}

TEST(Supervisor, AnotherThatHasItsNumberIsNotTheSame) {
  Supervisor earlier = self();
  --earlier.start_time;
  EXPECT_TRUE(has_ended(earlier, self()));
}

TEST(Supervisor, OneOfAnEarlierBootHasEnded) {
  Supervisor earlier = self();
  earlier.boot_id = "00000000-0000-0000-0000-000000000000";
  EXPECT_TRUE(has_ended(earlier, self()));
}

TEST(Supervisor, OfAnotherPidNamespaceNothingIsKnown) {
  Supervisor other = self();
  ++other.pid_namespace;
  ++other.start_time;
  EXPECT_FALSE(has_ended(other, self()));
}

TEST(Supervisor, OneThatWasNotWaitedForHasEnded) {
  const Supervisor me = self();
  int told[2];
  ASSERT_EQ(0, pipe(told));
  const pid_t child = fork();
  if (child == 0) {
    const Supervisor child_self = self();
    if (write(told[1], &child_self.start_time, sizeof child_self.start_time) <
        0) {
      _exit(1);
    }
    for (;;) pause();
  }
  Supervisor other = me;
  other.pid = child;
  ASSERT_EQ(static_cast<ssize_t>(sizeof other.start_time),
            read(told[0], &other.start_time, sizeof other.start_time));
  close(told[0]);
  close(told[1]);
  EXPECT_FALSE(has_ended(other, me));
  kill(child, SIGKILL);
  siginfo_t info{};
  ASSERT_EQ(0,
            waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT));
  EXPECT_TRUE(has_ended(other, me)) << "a zombie";
  ASSERT_EQ(child, waitpid(child, nullptr, 0));
  EXPECT_TRUE(has_ended(other, me));
}

}  // namespace
}  // namespace bulkhead
