#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <cerrno>
#include <fstream>

#include "runtime/base/file.h"
#include "runtime/parent/test_rootfs.h"
#include "runtime/spec/without.h"

namespace bulkhead {
namespace {

using ::testing::HasSubstr;

class Start : public ContainerTest {};

bool any_cgroup_left(const Plan& plan) {
  for (const CgroupDirectory& directory : plan.cgroup->directories) {
    const std::string path = directory.mount_point + "/" + directory.path;
    if (access(path.c_str(), F_OK) == 0) return true;
  }
  return false;
}

TEST_F(Start, ReturnsTheExitStatus) {
  Result<Plan> plan = make_plan(spec_for("exit 7"), host());
  ASSERT_TRUE(plan) << plan.error().message();
  EXPECT_EQ(7, run(*plan));
}

TEST_F(Start, APlanStartsManyTimes) {
  Result<Plan> plan = make_plan(spec_for("exit 3"), host());
  ASSERT_TRUE(plan) << plan.error().message();
  for (int i = 0; i < 20; ++i) ASSERT_EQ(3, run(*plan)) << i;
}

TEST_F(Start, ASignalEndsItAs128PlusN) {
  Spec spec = spec_for("busybox sleep 100");
  Result<Plan> plan = make_plan(std::move(spec), host());
  ASSERT_TRUE(plan) << plan.error().message();
  Result<Container> container = start(*plan);
  ASSERT_TRUE(container) << container.error().message();
  ASSERT_TRUE(container->signal(SIGKILL));
  const Result<Exit> exit = container->wait();
  ASSERT_TRUE(exit);
  EXPECT_EQ(128 + SIGKILL, exit->code());
}

TEST_F(Start, LeavesNoCgroupBehind) {
  Result<Plan> plan = make_plan(spec_for("exit 0"), host());
  ASSERT_TRUE(plan) << plan.error().message();
  ASSERT_EQ(0, run(*plan));
  EXPECT_FALSE(any_cgroup_left(*plan));
}

TEST_F(Start, CountsWhatTheContainerUsed) {
  Result<Plan> plan = make_plan(spec_for("exit 0"), host());
  ASSERT_TRUE(plan) << plan.error().message();
  Result<Container> container = start(*plan);
  ASSERT_TRUE(container) << container.error().message();
  const Result<Exit> exit = container->wait();
  ASSERT_TRUE(exit);
  EXPECT_GT(exit->counters.at("memory_peak_bytes"), 0U);
}

TEST_F(Start, TheEndIsToldBeforeTheRestIsRemoved) {
  Result<Plan> plan = make_plan(spec_for("exit 5"), host());
  ASSERT_TRUE(plan) << plan.error().message();
  {
    Result<Container> container = start(*plan);
    ASSERT_TRUE(container) << container.error().message();
    for (int i = 0; i < 2; ++i) {
      const Result<Exit> exit = container->ended();
      ASSERT_TRUE(exit);
      EXPECT_EQ(5, exit->code());
      EXPECT_TRUE(any_cgroup_left(*plan));
    }
    const Container moved = std::move(*container);
    EXPECT_TRUE(any_cgroup_left(*plan));
  }
  EXPECT_FALSE(any_cgroup_left(*plan));
  Result<Container> container = start(*plan);
  ASSERT_TRUE(container) << container.error().message();
  ASSERT_TRUE(container->ended());
  const Result<Exit> exit = container->wait(Counters::kSkip);
  ASSERT_TRUE(exit);
  EXPECT_EQ(5, exit->code());
  EXPECT_TRUE(exit->counters.empty());
  EXPECT_FALSE(any_cgroup_left(*plan));
}

TEST_F(Start, AMissingProgramIsNotFound) {
  Spec spec = spec_for("");
  spec.process.argv = {"no-such-program"};
  Result<Plan> plan = make_plan(std::move(spec), host());
  ASSERT_TRUE(plan) << plan.error().message();
  const Result<Container> container = start(*plan);
  ASSERT_FALSE(container);
  EXPECT_EQ(ErrorKind::kNotFound, container.error().kind);
  EXPECT_FALSE(any_cgroup_left(*plan));
}

TEST_F(Start, AFileWithoutExecutePermissionIsNotExecutable) {
  std::ofstream(rootfs_ / "data") << "x";
  Spec spec = spec_for("");
  spec.process.argv = {"/data"};
  Result<Plan> plan = make_plan(std::move(spec), host());
  ASSERT_TRUE(plan) << plan.error().message();
  const Result<Container> container = start(*plan);
  ASSERT_FALSE(container);
  EXPECT_EQ(ErrorKind::kNotExecutable, container.error().kind);
}

TEST_F(Start, AMountPointBehindASymlinkIsRefused) {
  std::filesystem::create_directory(rootfs_ / "elsewhere");
  std::filesystem::create_symlink("/elsewhere", rootfs_ / "proc");
  Result<Plan> plan = make_plan(spec_for("exit 0"), host());
  ASSERT_TRUE(plan) << plan.error().message();
  std::string error;
  EXPECT_EQ(-1, run(*plan, &error));
  EXPECT_THAT(error, HasSubstr("rootfs.mount:/proc"));
}

/// The tree is a shared mount, as every mount of the host is under systemd, and
/// is bound into the container once more.
class SharedMount : public ContainerTest {
 protected:
  void SetUp() override {
    ContainerTest::SetUp();
    const char* const root = rootfs_.c_str();
    ASSERT_EQ(0, mount(root, root, nullptr, MS_BIND, nullptr));
    ASSERT_EQ(0, mount(nullptr, root, nullptr, MS_SHARED, nullptr));
    spec_ = spec_for("! busybox grep -E 'shared:|master:' /proc/1/mountinfo");
    spec_.mounts.push_back(Mount{.destination = "/mnt", .source = rootfs_});
  }
  void TearDown() override {
    EXPECT_EQ(0, umount2(rootfs_.c_str(), MNT_DETACH));
    ContainerTest::TearDown();
  }

  Spec spec_;
};

TEST_F(SharedMount, IsPrivateInside) {
  Result<Plan> plan = make_plan(std::move(spec_), host());
  ASSERT_TRUE(plan) << plan.error().message();
  std::string error;
  EXPECT_EQ(0, run(*plan, &error)) << error;
}

TEST_F(SharedMount, IsPrivateInsideOnKernelsBefore512) {
  Host old = host();
  old.mount_setattr = false;
  share_namespace(spec_, NamespaceKind::kUser, {});
  Result<Plan> plan = make_plan(std::move(spec_), old);
  ASSERT_TRUE(plan) << plan.error().message();
  std::string error;
  EXPECT_EQ(0, run(*plan, &error)) << error;
}

TEST_F(Start, TheWorkloadsMemoryIsItsOwnAfterwards) {
  // The child changed ids in shared memory: the caller must stay dumpable.
  ASSERT_EQ(1, prctl(PR_GET_DUMPABLE));
  Result<Plan> plan = make_plan(spec_for("exit 0"), host());
  ASSERT_TRUE(plan) << plan.error().message();
  ASSERT_EQ(0, run(*plan));
  EXPECT_EQ(1, prctl(PR_GET_DUMPABLE));
}

TEST_F(Start, NothingThatTheCallerIgnoresOrBlocksArrives) {
  Spec spec = spec_for(
      "busybox grep -q 'SigIgn:.0000000000000000' /proc/self/status && "
      "busybox grep -q 'SigBlk:.0000000000000000' /proc/self/status && "
      "test $(busybox cat /proc/self/personality) = 00000000");
  Result<Plan> plan = make_plan(spec, host());
  ASSERT_TRUE(plan) << plan.error().message();
  spec.unsafe = true;
  spec.skipped_steps = {"session.signal_actions"};
  Result<Plan> without_actions = make_plan(spec, host());
  ASSERT_TRUE(without_actions) << without_actions.error().message();
  spec.skipped_steps = {"session.personality"};
  Result<Plan> without_personality = make_plan(spec, host());
  ASSERT_TRUE(without_personality) << without_personality.error().message();
  const sighandler_t before = signal(SIGUSR2, SIG_IGN);
  const int persona = personality(0xffffffff);
  personality(static_cast<unsigned long>(persona) | ADDR_NO_RANDOMIZE);
  const int code = run(*plan);
  const int ignored = run(*without_actions);
  const int predictable = run(*without_personality);
  personality(static_cast<unsigned long>(persona));
  signal(SIGUSR2, before);
  EXPECT_EQ(0, code);
  EXPECT_EQ(1, ignored);
  EXPECT_EQ(1, predictable);
}

TEST_F(Start, WorksWithMemoryOfItsOwn) {
  // As on kernels where a child that shares memory cannot enter its time
  // namespace at exec.
  Result<Plan> plan = make_plan(spec_for("exit 5"), host());
  ASSERT_TRUE(plan) << plan.error().message();
  plan->share_memory = false;
  EXPECT_EQ(5, run(*plan));
}

TEST_F(Start, WorksWithoutMountSetattrAndCloseRangeCloexec) {
  Host old = host();
  old.mount_setattr = false;
  old.close_range_cloexec = false;
  Spec spec = spec_for("touch /x 2>/dev/null && exit 1; exit 0");
  spec.rootfs.idmap = false;
  Result<Plan> plan = make_plan(std::move(spec), old);
  ASSERT_TRUE(plan) << plan.error().message();
  std::string error;
  EXPECT_EQ(-1, run(*plan, &error));
  // The tree is the host root's: without an idmapped mount the container's
  // root may not make mount points in it.
  EXPECT_THAT(error, HasSubstr("devices.attach: mkdirat(/dev)"));
  EXPECT_THAT(error, HasSubstr("make it in the rootfs"));
  for (const char* directory : {"proc", "sys", "dev", "tmp", "run"}) {
    std::filesystem::create_directory(rootfs_ / directory);
  }
  EXPECT_EQ(0, run(*plan, &error)) << error;
}

TEST_F(Start, AReadBackThatDiffersRefusesTheExec) {
  // hostname skipped, its read-back kept: a kernel that lied would look so.
  Spec spec = spec_for("exit 0");
  spec.hostname = "of-no-machine";
  Result<Plan> plan = make_plan(std::move(spec), host());
  ASSERT_TRUE(plan) << plan.error().message();
  std::erase_if(plan->child, [](const Call& call) {
    return call.op == Op::kSyscall && call.number == SYS_sethostname;
  });
  std::string error;
  EXPECT_EQ(-1, run(*plan, &error));
  EXPECT_THAT(error, HasSubstr("utsns.hostname: read-back"));
  EXPECT_FALSE(any_cgroup_left(*plan));
}

TEST_F(Start, AMountThatNobodyPlannedRefusesTheExec) {
  std::filesystem::create_directory(rootfs_ / "extra");
  Spec spec = spec_for("exit 0");
  Mount extra;
  extra.kind = MountKind::kTmpfs;
  extra.destination = "/extra";
  extra.size_bytes = 4096;
  extra.inodes = 2;
  spec.mounts.push_back(extra);
  Result<Plan> plan = make_plan(std::move(spec), host());
  ASSERT_TRUE(plan) << plan.error().message();
  // Forget about it in the table only.
  for (Call& call : plan->child) {
    if (call.op == Op::kMountTable) {
      auto& table = plan->mount_tables->back();
      std::erase_if(table, [](const ExpectedMount& mount) {
        return std::string_view(mount.destination) == "/extra";
      });
      call.mounts = table.data();
      call.mounts_length = static_cast<std::uint32_t>(table.size());
    }
  }
  std::string error;
  EXPECT_EQ(-1, run(*plan, &error));
  EXPECT_THAT(error, HasSubstr("rootfs.verify: read-back"));
  EXPECT_THAT(error, HasSubstr("/extra"));
}

/// Calls whose result decides nothing, and those that this kernel never
/// reaches: a mask over a path that it does not have.
bool may_fail(const Plan& plan, const Call& call) {
  const std::string& step = plan.steps[call.step].name;
  const bool optional =
      step.starts_with("rootfs.mask:") || step.starts_with("rootfs.readonly:");
  return (optional &&
          access(step.substr(step.find(':') + 1).c_str(), F_OK) != 0) ||
         call.op == Op::kAwaitParent;
}

TEST_F(Start, EveryCallThatFailsStopsTheStart) {
  const Host the_host = host();
  const std::string marker = rootfs_ / "ran";
  Result<Plan> reference = make_plan(spec_for("exit 0"), the_host);
  ASSERT_TRUE(reference) << reference.error().message();
  ASSERT_EQ(0, run(*reference));
  // Ignored by the caller, so that there is something to reset.
  const sighandler_t before = signal(SIGUSR2, SIG_IGN);
  int tried = 0;
  for (std::size_t i = 0; i < reference->child.size(); ++i) {
    if (may_fail(*reference, reference->child[i])) continue;
    const Call kept = reference->child[i];
    // A system call that no kernel has: ENOSYS, as from an outer filter.
    reference->child[i].op = Op::kSyscall;
    reference->child[i].number = 100000;
    reference->child[i].tolerated[0] = 0;
    reference->child[i].tolerated[1] = 0;
    std::string error;
    EXPECT_EQ(-1, run(*reference, &error)) << "call " << i;
    EXPECT_THAT(error, HasSubstr(reference->steps[kept.step].name));
    EXPECT_FALSE(any_cgroup_left(*reference));
    reference->child[i] = kept;
    ++tried;
  }
  signal(SIGUSR2, before);
  EXPECT_GT(tried, 200);
  EXPECT_EQ(0, run(*reference));
}

}  // namespace
}  // namespace bulkhead
