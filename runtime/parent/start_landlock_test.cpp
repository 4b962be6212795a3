// What a domain takes away, and what it must not.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <vector>

#include "runtime/base/fd.h"
#include "runtime/parent/test_rootfs.h"

namespace bulkhead {
namespace {

using ::testing::HasSubstr;

class Domain : public ContainerTest {
 protected:
  void SetUp() override {
    ContainerTest::SetUp();
    if (host().landlock_abi < 2) GTEST_SKIP() << "no Landlock ABI 2";
  }
};

TEST_F(Domain, ThatDoesNotHoldIsSeen) {
  Result<Plan> plan = make_plan(spec_for("exit 0"), host());
  ASSERT_TRUE(plan) << plan.error().message();
  std::erase_if(plan->child, [](const Call& call) {
    return call.number == SYS_landlock_restrict_self;
  });
  std::string error;
  EXPECT_EQ(-1, run(*plan, &error));
  EXPECT_THAT(error, HasSubstr("landlock.restrict"));
}

TEST_F(Domain, WithoutNoNewPrivsStartsAsWell) {
  Spec spec = spec_for("exit 4");
  spec.process.no_new_privs = false;
  EXPECT_EQ(4, started(std::move(spec)));
}

TEST_F(Domain, LetsTheStandardStreamsBeOpenedAgain) {
  const Fd saved(dup(STDOUT_FILENO));
  const std::string path = rootfs_ / "log";
  const Fd log(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
  ASSERT_TRUE(log);
  ASSERT_EQ(0, fchmod(log.get(), 0666));
  // The tree is seen through a mount of its own; the file is not of it.
  std::filesystem::permissions(rootfs_, std::filesystem::perms::all);
  ASSERT_EQ(STDOUT_FILENO, dup2(log.get(), STDOUT_FILENO));
  const int code = started(spec_for("echo again >> /dev/stdout"));
  dup2(saved.get(), STDOUT_FILENO);
  EXPECT_EQ(0, code);
}

TEST_F(Domain, LetsAPipeOnAReadOnlyMountBeWrittenTo) {
  const std::string pipe = rootfs_ / "pipe";
  ASSERT_EQ(0, mkfifo(pipe.c_str(), 0666));
  ASSERT_EQ(0, chmod(pipe.c_str(), 0666));
  const Fd reader(open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  ASSERT_TRUE(reader);
  Spec spec = spec_for("echo x > /in");
  spec.mounts.push_back(
      {.destination = "/in", .source = pipe, .read_only = true});
  EXPECT_EQ(0, started(std::move(spec)));
}

TEST_F(Domain, LetsFilesMoveBetweenDirectoriesThatAreWritable) {
  EXPECT_EQ(0, started(spec_for("cd /tmp && busybox mkdir a b && echo > a/x && "
                                "busybox ln a/x b/y && busybox mv a/x b/x && "
                                "busybox rm -r a b")));
}

}  // namespace
}  // namespace bulkhead
