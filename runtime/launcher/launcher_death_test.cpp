// Whoever kills the supervisor: the children that wait end with it.
#include <gmock/gmock.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <fstream>

#include "runtime/launcher/launcher_fixture.h"
#include "runtime/state/collect.h"

namespace bulkhead {
namespace {

constexpr int kDeadlineMs = 5000;

class LauncherDeath : public LauncherTest,
                      public ::testing::WithParamInterface<ParkAt> {
 protected:
  /// In a process of its own: fills a pool of two, says so, and waits.
  [[noreturn]] static void supervise(Spec spec, int ready) {
    Result<Launcher> launcher = Launcher::make();
    if (!launcher) _exit(1);
    const Result<ProgramId> program =
        launcher->add(std::move(spec), {.size = 2, .depth = GetParam()});
    if (!program || !launcher->wait_ready(*program)) _exit(2);
    if (write(ready, "r", 1) != 1) _exit(3);
    for (;;) pause();
  }

  /// Where the children of `spec` are, in one of its hierarchies.
  static std::vector<std::string> cgroups_of(const Spec& spec, int children) {
    const Result<Plan> plan = make_plan(spec, host());
    std::vector<std::string> paths;
    for (const CgroupDirectory& directory : plan->cgroup->directories) {
      for (int i = 1; i <= children; ++i) {
        paths.push_back(directory.mount_point + "/" + directory.path + "-" +
                        std::to_string(i));
      }
    }
    return paths;
  }

  static Fd pidfd_of_the_one_in(const std::string& cgroup) {
    std::ifstream procs(cgroup + "/cgroup.procs");
    pid_t pid = -1;
    EXPECT_TRUE(procs >> pid) << cgroup;
    return Fd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  }
};

TEST_P(LauncherDeath, EndsThoseThatWait) {
  Spec spec = spec_for("exit 0");
  // A name that this process, which lives, has not used.
  spec.cgroups_path += "-death";
  int ready[2];
  ASSERT_EQ(0, pipe2(ready, O_CLOEXEC));
  const pid_t supervisor = fork();
  ASSERT_GE(supervisor, 0);
  if (supervisor == 0) supervise(spec, ready[1]);
  close(ready[1]);
  char byte = 0;
  ASSERT_EQ(1, read(ready[0], &byte, 1)) << "the supervisor did not start";
  close(ready[0]);
  const std::vector<std::string> cgroups = cgroups_of(spec, 2);
  const Fd first = pidfd_of_the_one_in(cgroups[0]);
  const Fd second = pidfd_of_the_one_in(cgroups[1]);
  pollfd ends[] = {{first.get(), POLLIN, 0}, {second.get(), POLLIN, 0}};
  ASSERT_EQ(0, poll(ends, 2, 0)) << "they wait";
  ASSERT_EQ(0, kill(supervisor, SIGKILL));
  ASSERT_EQ(supervisor, waitpid(supervisor, nullptr, 0));
  EXPECT_EQ(1, poll(&ends[0], 1, kDeadlineMs));
  EXPECT_EQ(1, poll(&ends[1], 1, kDeadlineMs));
  const Result<Collection> collected = collect_all();
  ASSERT_TRUE(collected) << collected.error().message();
  EXPECT_TRUE(collected->complete());
  for (const std::string& cgroup : cgroups) {
    EXPECT_NE(0, access(cgroup.c_str(), F_OK)) << cgroup;
  }
}

INSTANTIATE_TEST_SUITE_P(Depths, LauncherDeath,
                         ::testing::Values(ParkAt::kTree, ParkAt::kFilter,
                                           ParkAt::kExec),
                         depth_name);

}  // namespace
}  // namespace bulkhead
