// Records of supervisors that live, died, never were; cgroups that are real.
#include "runtime/state/collect.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>

#include "runtime/state/state_test_fixture.h"

namespace bulkhead {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Collect : public StateTest {
 protected:
  void SetUp() override {
    StateTest::SetUp();
    if (root_.empty() || geteuid() != 0) GTEST_SKIP() << "no cgroups";
    name_ = "bulkhead-collect-" + std::to_string(getpid());
    dead_ = *this_supervisor();
    ++dead_.start_time;
    Result<StateDirectory> state = StateDirectory::open_locked();
    ASSERT_TRUE(state) << state.error().message();
  }

  void write(const Supervisor& whose, const std::vector<Intent>& intents) {
    std::string text = record_head(whose);
    for (const Intent& one : intents) text += *record_line(one);
    ASSERT_TRUE(replace_file(directory_ + "/" + record_name(whose), text));
  }
  void make(const std::string& name) {
    ASSERT_EQ(0, mkdir(cgroup(name).c_str(), 0755)) << cgroup(name);
  }
  static Collection collect() {
    Result<Collection> all = collect_all();
    EXPECT_TRUE(all) << all.error().message();
    return all.value_or(Collection());
  }

  std::string name_;
  Supervisor dead_;
};

TEST_F(Collect, RemovesWhatADeadSupervisorMade) {
  write(dead_, {intent(IntentKind::kTree, name_)});
  make(name_);
  make(name_ + "/below");
  const Collection seen = collect();
  EXPECT_TRUE(seen.complete());
  ASSERT_THAT(seen.records, SizeIs(1));
  EXPECT_THAT(seen.records[0].leftovers.removed, ElementsAre(cgroup(name_)));
  EXPECT_FALSE(there(cgroup(name_)));
  EXPECT_THAT(collect().records, IsEmpty()) << "again: nothing";
}

TEST_F(Collect, LeavesALivingSupervisorAlone) {
  const Supervisor self = *this_supervisor();
  const pid_t child = fork();
  if (child == 0)
    for (;;) pause();
  Supervisor other = self;
  other.pid = child;
  // Its start time is not ours to know here: the lock says that it lives.
  write(other, {intent(IntentKind::kTree, name_)});
  const Fd lock(open((directory_ + "/" + record_name(other)).c_str(),
                     O_RDONLY | O_CLOEXEC));
  ASSERT_EQ(0, flock(lock.get(), LOCK_EX));
  make(name_);
  const Result<Collection> seen =
      collect_dead(*StateDirectory::open_locked(), self, CollectMode::kQuick);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  ASSERT_TRUE(seen);
  EXPECT_TRUE(there(cgroup(name_)));
  EXPECT_TRUE(collect().complete());
  EXPECT_FALSE(there(cgroup(name_))) << "it has ended now";
}

TEST_F(Collect, ASupervisorOfAnotherPidNamespaceLivesAsLongAsItsLock) {
  Supervisor other = dead_;
  ++other.pid_namespace;
  write(other, {intent(IntentKind::kTree, name_)});
  make(name_);
  {
    const Fd lock(open((directory_ + "/" + record_name(other)).c_str(),
                       O_RDONLY | O_CLOEXEC));
    ASSERT_EQ(0, flock(lock.get(), LOCK_EX));
    const Collection seen = collect();
    ASSERT_THAT(seen.records, SizeIs(1));
    EXPECT_TRUE(seen.records[0].alive);
    EXPECT_TRUE(there(cgroup(name_)));
  }
  EXPECT_TRUE(collect().complete());
  EXPECT_FALSE(there(cgroup(name_)));
}

TEST_F(Collect, WhatALivingOneNamesToo_IsLeftAndTold) {
  Supervisor living = dead_;
  ++living.pid_namespace;
  write(dead_, {intent(IntentKind::kNumbered, name_)});
  write(living, {intent(IntentKind::kTree, name_ + "-7")});
  const Fd lock(open((directory_ + "/" + record_name(living)).c_str(),
                     O_RDONLY | O_CLOEXEC));
  ASSERT_EQ(0, flock(lock.get(), LOCK_EX));
  make(name_ + "-7");
  make(name_ + "-8");
  const Collection seen = collect();
  EXPECT_FALSE(seen.complete());
  EXPECT_TRUE(there(cgroup(name_ + "-7")));
  EXPECT_FALSE(there(cgroup(name_ + "-8")));
  rmdir(cgroup(name_ + "-7").c_str());
}

TEST_F(Collect, AfterANewBootACgroupOfThatNameIsAnothers) {
  Supervisor earlier = dead_;
  earlier.boot_id = "00000000-0000-0000-0000-000000000000";
  write(earlier, {intent(IntentKind::kTree, name_)});
  make(name_);
  EXPECT_TRUE(collect().complete());
  EXPECT_TRUE(there(cgroup(name_)));
  EXPECT_FALSE(there(directory_ + "/" + record_name(earlier)));
  rmdir(cgroup(name_).c_str());
}

TEST_F(Collect, AHierarchyThatIsOutOfSightRemains) {
  Intent elsewhere = intent(IntentKind::kTree, name_);
  elsewhere.root_device = 1;
  write(dead_, {elsewhere});
  make(name_);
  const Collection seen = collect();
  EXPECT_FALSE(seen.complete());
  EXPECT_TRUE(there(cgroup(name_)));
  EXPECT_TRUE(there(directory_ + "/" + record_name(dead_)));
  rmdir(cgroup(name_).c_str());
}

TEST_F(Collect, AnotherRootOfTheSameHierarchyIsFoundByItsNumber) {
  make(name_);
  make(name_ + "/below");
  struct stat info {};
  ASSERT_EQ(0, stat(cgroup(name_).c_str(), &info));
  // As a supervisor records it that sees a part of the hierarchy only.
  Intent part = intent(IntentKind::kTree, "below");
  part.root_inode = info.st_ino;
  write(dead_, {part});
  const Collection seen = collect();
  EXPECT_TRUE(seen.complete());
  EXPECT_FALSE(there(cgroup(name_ + "/below")));
  EXPECT_TRUE(there(cgroup(name_)));
  // Once that root is gone, so is all that was below it.
  rmdir(cgroup(name_).c_str());
  write(dead_, {part});
  EXPECT_TRUE(collect().complete());
}

TEST_F(Collect, WhatIsAboveIsRemovedOnlyIfItIsEmpty) {
  write(dead_, {intent(IntentKind::kParent, name_),
                intent(IntentKind::kTree, name_ + "/mine")});
  make(name_);
  make(name_ + "/mine");
  make(name_ + "/others");
  const Collection seen = collect();
  EXPECT_TRUE(seen.complete());
  ASSERT_THAT(seen.records, SizeIs(1));
  EXPECT_THAT(seen.records[0].leftovers.left_to_others,
              ElementsAre(cgroup(name_)));
  EXPECT_TRUE(there(cgroup(name_ + "/others")));
  rmdir(cgroup(name_ + "/others").c_str());
  rmdir(cgroup(name_).c_str());
}

TEST_F(Collect, KillsWhatStillRunsThere) {
  write(dead_, {intent(IntentKind::kTree, name_)});
  make(name_);
  const pid_t child = fork();
  if (child == 0)
    for (;;) pause();
  ASSERT_TRUE(write_file_at(AT_FDCWD, cgroup(name_) + "/cgroup.procs",
                            std::to_string(child)));
  EXPECT_TRUE(collect().complete());
  EXPECT_FALSE(there(cgroup(name_)));
  int status = 0;
  ASSERT_EQ(child, waitpid(child, &status, 0));
  EXPECT_EQ(SIGKILL, WTERMSIG(status));
}

TEST_F(Collect, RefusesToEndItself) {
  write(dead_, {intent(IntentKind::kTree, name_)});
  make(name_);
  const pid_t child = fork();
  if (child == 0) {
    if (!write_file_at(AT_FDCWD, cgroup(name_) + "/cgroup.procs", "0"))
      _exit(1);
    const Result<Collection> seen = collect_all();
    _exit(seen && !seen->complete() ? 0 : 2);
  }
  int status = -1;
  ASSERT_EQ(child, waitpid(child, &status, 0));
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  EXPECT_TRUE(collect().complete());
  EXPECT_FALSE(there(cgroup(name_)));
}

TEST_F(Collect, ADirectoryThatIsNoCgroupIsNotTouched) {
  std::filesystem::create_directory(scratch_ + "/victim");
  struct stat info {};
  ASSERT_EQ(0, stat(scratch_.c_str(), &info));
  write(
      dead_,
      {{IntentKind::kTree, scratch_, info.st_dev, info.st_ino, "victim", {}}});
  const Collection seen = collect();
  EXPECT_FALSE(seen.complete());
  EXPECT_TRUE(there(scratch_ + "/victim"));
}

TEST_F(Collect, TellsOfFilesThatAreNoRecords) {
  ASSERT_TRUE(replace_file(directory_ + "/odd", "odd"));
  ASSERT_EQ(0, mkfifo((directory_ + "/fifo").c_str(), 0600));
  const Collection seen = collect();
  EXPECT_FALSE(seen.complete());
  EXPECT_THAT(seen.unreadable, SizeIs(2));
  EXPECT_TRUE(there(directory_ + "/odd"));
}

TEST_F(Collect, DropsWhatWasNeverFinished) {
  ASSERT_TRUE(replace_file(directory_ + "/" + kUnfinishedRecord, "bulk"));
  EXPECT_TRUE(collect().complete());
  EXPECT_FALSE(there(directory_ + "/" + kUnfinishedRecord));
}

}  // namespace
}  // namespace bulkhead
