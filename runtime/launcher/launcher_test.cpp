#include "runtime/launcher/launcher.h"

#include <gmock/gmock.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>

#include <algorithm>
#include <fstream>

#include "runtime/launcher/launcher_fixture.h"
#include "runtime/spec/without.h"

namespace bulkhead {
namespace {

using ::testing::HasSubstr;

/// What every depth has to do.
class LauncherDepth : public LauncherTest,
                      public ::testing::WithParamInterface<ParkAt> {
 protected:
  static PoolOptions pool(std::size_t size = 2) {
    if (GetParam() == ParkAt::kNowhere) return {};
    return {.size = size, .depth = GetParam()};
  }
};

TEST_P(LauncherDepth, StartsFromAsFarAsAskedFor) {
  Launcher launcher = make_launcher();
  const ProgramId program = add(launcher, spec_for("exit 7"), pool());
  const Status ready = launcher.wait_ready(program);
  ASSERT_TRUE(ready) << ready.error().message();
  Result<Launched> launched = launcher.start(program);
  ASSERT_TRUE(launched) << launched.error().message();
  EXPECT_EQ(GetParam(), launched->from);
  EXPECT_EQ("", launched->note);
  const Result<Exit> exit = launched->container.wait();
  ASSERT_TRUE(exit) << exit.error().message();
  EXPECT_EQ(7, exit->code());
  EXPECT_GT(exit->counters.at("memory_peak_bytes"), 0U);
  const Status drained = launcher.drain();
  EXPECT_TRUE(drained) << drained.error().message();
  EXPECT_EQ("", leftover_cgroups());
}

TEST_P(LauncherDepth, HandsOverArgumentsEnvironmentAndStreams) {
  Launcher launcher = make_launcher();
  const ProgramId program = add(launcher, spec_for("exit 9"), pool());
  ASSERT_TRUE(launcher.wait_ready(program));
  int in[2];
  ASSERT_EQ(0, pipe2(in, O_CLOEXEC));
  ASSERT_EQ(3, write(in[1], "in\n", 3));
  close(in[1]);
  StartRequest request = script("read line; echo $line $WORD $0; exit 4");
  request.arguments.emplace_back("zero");
  request.environment = {"WORD=word", "PATH=/bin"};
  request.streams[0] = in[0];
  std::string text;
  ParkAt from = ParkAt::kNowhere;
  EXPECT_EQ(4, run(launcher, program, request, &text, &from)) << text;
  EXPECT_EQ("in word zero\n", text);
  EXPECT_EQ(GetParam(), from);
  close(in[0]);
}

TEST_P(LauncherDepth, TheNextStartHasThePlansArgumentsAgain) {
  Launcher launcher = make_launcher();
  const ProgramId program = add(launcher, spec_for("echo plan"), pool());
  std::string text;
  ASSERT_EQ(0, run(launcher, program, script("echo changed"), &text)) << text;
  EXPECT_EQ("changed\n", text);
  ASSERT_TRUE(launcher.wait_ready(program));
  ASSERT_EQ(0, run(launcher, program, {}, &text)) << text;
  EXPECT_EQ("plan\n", text);
}

TEST_P(LauncherDepth, NoDescriptorOfTheCallersArrives) {
  const int decoy = open("/", O_PATH | O_DIRECTORY);  // no O_CLOEXEC
  ASSERT_GE(decoy, 3);
  Launcher launcher = make_launcher();
  const ProgramId program = add(
      launcher,
      spec_for("set -- /proc/self/fd/*; for f; do [ ${f##*/} -le 3 ] || exit "
               "9; done; exit 0"),
      pool());
  ASSERT_TRUE(launcher.wait_ready(program));
  std::string text;
  EXPECT_EQ(0, run(launcher, program, {}, &text)) << text;
  close(decoy);
}

TEST_P(LauncherDepth, AContainerOutlivesItsLauncher) {
  std::optional<Container> container;
  {
    Launcher launcher = make_launcher();
    const ProgramId program =
        add(launcher, spec_for("busybox sleep 100"), pool());
    ASSERT_TRUE(launcher.wait_ready(program));
    Result<Launched> launched = launcher.start(program);
    ASSERT_TRUE(launched) << launched.error().message();
    container.emplace(std::move(launched->container));
  }
  pollfd ended = {container->pidfd(), POLLIN, 0};
  EXPECT_EQ(0, poll(&ended, 1, 0));
  ASSERT_TRUE(container->signal(SIGKILL));
  const Result<Exit> exit = container->wait();
  ASSERT_TRUE(exit) << exit.error().message();
  EXPECT_EQ(128 + SIGKILL, exit->code());
}

TEST_P(LauncherDepth, ADroppedContainerIsTakenApart) {
  Launcher launcher = make_launcher();
  const ProgramId program =
      add(launcher, spec_for("busybox sleep 100"), pool());
  { ASSERT_TRUE(launcher.start(program)); }
  const Status drained = launcher.drain();
  EXPECT_TRUE(drained) << drained.error().message();
  EXPECT_EQ(0U, launcher.counts().ending);
  EXPECT_EQ(0U, launcher.counts().ready);
  EXPECT_EQ("", leftover_cgroups());
}

TEST_P(LauncherDepth, AnEndedContainerIsTakenApartWithoutAWait) {
  Launcher launcher = make_launcher();
  const ProgramId program = add(launcher, spec_for("exit 6"), pool());
  {
    Result<Launched> launched = launcher.start(program);
    ASSERT_TRUE(launched) << launched.error().message();
    const Result<Exit> exit = launched->container.ended();
    ASSERT_TRUE(exit);
    EXPECT_EQ(6, exit->code());
  }
  const Status drained = launcher.drain();
  EXPECT_TRUE(drained) << drained.error().message();
  EXPECT_EQ("", leftover_cgroups());
}

// A child that waits has the caller's memory.
TEST_P(LauncherDepth, TheCallersMemoryIsHiddenWhileChildrenWait) {
  ASSERT_EQ(1, prctl(PR_GET_DUMPABLE));
  Launcher launcher = make_launcher();
  const ProgramId program = add(launcher, spec_for("exit 0"), pool());
  ASSERT_TRUE(launcher.wait_ready(program));
  EXPECT_EQ(GetParam() == ParkAt::kNowhere ? 1 : 0, prctl(PR_GET_DUMPABLE));
  std::string text;
  EXPECT_EQ(0, run(launcher, program, {}, &text)) << text;
  ASSERT_TRUE(launcher.drain());
  EXPECT_EQ(1, prctl(PR_GET_DUMPABLE));
}

TEST_P(LauncherDepth, AMissingProgramIsNotFound) {
  Launcher launcher = make_launcher();
  Spec spec = spec_for("");
  spec.process.argv = {"/no-such-program"};
  const ProgramId program = add(launcher, std::move(spec), pool());
  ASSERT_TRUE(launcher.wait_ready(program));
  const Result<Launched> launched = launcher.start(program);
  ASSERT_FALSE(launched);
  EXPECT_EQ(ErrorKind::kNotFound, launched.error().kind);
}

INSTANTIATE_TEST_SUITE_P(Depths, LauncherDepth,
                         ::testing::Values(ParkAt::kNowhere, ParkAt::kTree,
                                           ParkAt::kFilter, ParkAt::kExec),
                         depth_name);

class LauncherPool : public LauncherTest {};

TEST_F(LauncherPool, HoldsNothingOfTheCallersOpen) {
  int ends[2];
  ASSERT_EQ(0, pipe2(ends, O_CLOEXEC));
  Launcher launcher = make_launcher();
  const ProgramId program =
      add(launcher, spec_for("exit 0"), {.size = 3, .depth = ParkAt::kExec});
  ASSERT_TRUE(launcher.wait_ready(program));
  ASSERT_EQ(3U, launcher.counts().ready);
  close(ends[1]);
  pollfd reader = {ends[0], POLLIN, 0};
  ASSERT_EQ(1, poll(&reader, 1, 0)) << "a child that waits holds the other end";
  EXPECT_NE(0, reader.revents & POLLHUP);
  close(ends[0]);
}

TEST_F(LauncherPool, NeverHoldsMoreThanItsSize) {
  Launcher launcher = make_launcher({.workers = 3});
  const ProgramId program =
      add(launcher, spec_for("exit 0"), {.size = 2, .depth = ParkAt::kTree});
  std::string text;
  for (int i = 0; i < 12; ++i) {
    ASSERT_EQ(0, run(launcher, program, {}, &text)) << text;
    const LauncherCounts counts = launcher.counts();
    EXPECT_LE(counts.ready + counts.in_making, 2U);
  }
}

TEST_F(LauncherPool, IsFilledAgainOnceABatchIsMissing) {
  Launcher launcher = make_launcher();
  const ProgramId program =
      add(launcher, spec_for("exit 0"), {.size = 4, .batch = 2});
  ASSERT_TRUE(launcher.wait_ready(program));
  ASSERT_EQ(4U, launcher.counts().ready);
  std::string text;
  ASSERT_EQ(0, run(launcher, program, {}, &text)) << text;
  // Workers make children before they take apart what has ended.
  while (launcher.counts().ending != 0) sched_yield();
  EXPECT_EQ(3U, launcher.counts().ready + launcher.counts().in_making);
  ASSERT_EQ(0, run(launcher, program, {}, &text)) << text;
  while (launcher.counts().ready != 4) sched_yield();
  ASSERT_EQ(0, run(launcher, program, {}, &text)) << text;
  while (launcher.counts().ending != 0) sched_yield();
  EXPECT_EQ(3U, launcher.counts().ready);
  ASSERT_TRUE(launcher.wait_ready(program));
  EXPECT_EQ(4U, launcher.counts().ready) << "who waits for it gets it full";
}

TEST_F(LauncherPool, AChildThatDiedWhileItWaitedIsNoContainer) {
  Launcher launcher = make_launcher();
  const ProgramId program =
      add(launcher, spec_for("exit 5"), {.size = 1, .depth = ParkAt::kExec});
  ASSERT_TRUE(launcher.wait_ready(program));
  const Plan& plan = launcher.plan(program);
  const CgroupDirectory& directory = plan.cgroup->directories.front();
  std::ifstream procs(directory.mount_point + "/" + directory.path +
                      "-1/cgroup.procs");
  pid_t pid = -1;
  ASSERT_TRUE(procs >> pid);
  ASSERT_EQ(0, kill(pid, SIGKILL));
  Result<Launched> launched = launcher.start(program);
  ASSERT_TRUE(launched) << launched.error().message();
  EXPECT_THAT(launched->note, HasSubstr("a ready child did not start"));
  EXPECT_EQ(5, launched->container.wait()->code());
}

TEST_F(LauncherPool, AFilterThatDoesNotLetItWaitComesAfterTheWait) {
  Spec spec = spec_for("exit 6");
  for (SeccompRule& rule : spec.seccomp->rules) {
    std::erase(rule.names, "recvmsg");
  }
  std::erase_if(spec.seccomp->rules,
                [](const SeccompRule& rule) { return rule.names.empty(); });
  Launcher launcher = make_launcher();
  const ProgramId program =
      add(launcher, std::move(spec), {.size = 1, .depth = ParkAt::kExec});
  const Status ready = launcher.wait_ready(program);
  ASSERT_FALSE(ready);
  EXPECT_THAT(ready.error().message(), HasSubstr("before its filter"));
  Result<Launched> launched = launcher.start(program);
  ASSERT_TRUE(launched) << launched.error().message();
  EXPECT_EQ(ParkAt::kFilter, launched->from);
  EXPECT_THAT(launched->note, HasSubstr("before its filter"));
  EXPECT_EQ(6, launched->container.wait()->code());
}

TEST_F(LauncherPool, NobodyWaitsWhereOthersCouldReachIt) {
  Spec spec = spec_for("exit 3");
  share_namespace(spec, NamespaceKind::kPid, {});
  Launcher launcher = make_launcher();
  const ProgramId program =
      add(launcher, std::move(spec), {.size = 1, .depth = ParkAt::kExec});
  EXPECT_FALSE(launcher.wait_ready(program));
  Result<Launched> launched = launcher.start(program);
  ASSERT_TRUE(launched) << launched.error().message();
  EXPECT_EQ(ParkAt::kNowhere, launched->from);
  EXPECT_THAT(launched->note, HasSubstr("share the caller's memory"));
  EXPECT_EQ(3, launched->container.wait()->code());
}

TEST_F(LauncherPool, SaysWhyItCannotBeFilled) {
  Launcher launcher = make_launcher();
  const ProgramId program =
      add(launcher, spec_for("exit 0"), {.size = 1, .depth = ParkAt::kExec});
  ASSERT_TRUE(launcher.wait_ready(program));
  ASSERT_TRUE(launcher.drain());
  std::filesystem::create_symlink("/elsewhere", rootfs_ / "run.d");
  std::filesystem::remove_all(rootfs_ / "tmp");
  std::filesystem::create_symlink("/elsewhere", rootfs_ / "tmp");
  const Status ready = launcher.wait_ready(program);
  ASSERT_FALSE(ready);
  EXPECT_THAT(ready.error().message(), HasSubstr("rootfs.mount:/tmp"));
  EXPECT_FALSE(launcher.start(program));
  std::filesystem::remove(rootfs_ / "tmp");
  EXPECT_TRUE(launcher.wait_ready(program));
}

TEST_F(LauncherPool, BadRequestsAreUsageErrors) {
  Launcher launcher = make_launcher();
  const ProgramId program =
      add(launcher, spec_for("exit 0"), {.size = 1, .depth = ParkAt::kExec});
  ASSERT_TRUE(launcher.wait_ready(program));
  const ProgramId cold = add(launcher, spec_for("exit 0"), {});
  EXPECT_THAT(launcher.start({99}).error().message(), HasSubstr("no program"));
  StartRequest other = {.arguments = {"/bin/busybox"}};
  EXPECT_THAT(launcher.start(program, other).error().message(),
              HasSubstr("the plan runs /bin/sh, not /bin/busybox"));
  StartRequest long_one = script(std::string(300000, 'x'));
  EXPECT_THAT(launcher.start(cold, long_one).error().message(),
              HasSubstr("too long"));
  StartRequest closed;
  closed.streams[2] = 900;
  EXPECT_THAT(launcher.start(program, closed).error().message(),
              HasSubstr("stream 2: descriptor 900"));
  EXPECT_EQ(1U, launcher.counts().ready) << "none was used up";
  EXPECT_FALSE(Launcher::make({.workers = 0}));
  for (const std::size_t batch : {0U, 3U}) {
    EXPECT_THAT(launcher.add(spec_for(""), {.size = 2, .batch = batch})
                    .error()
                    .message(),
                HasSubstr("1 to its size"));
  }
  Spec nested = spec_for("exit 0");
  nested.cgroups_path = "no-such-cgroup/below";
  EXPECT_THAT(launcher.add(nested).error().message(),
              HasSubstr("make it first"));
}

}  // namespace
}  // namespace bulkhead
