#include "runtime/host/host.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

#include "runtime/base/file.h"
#include "runtime/host/time_try_child.h"

namespace bulkhead {
namespace {

using ::testing::ElementsAre;

constexpr const char* kHybrid =
    "30 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n"
    "31 30 0:5 / /with\\040blank rw shared:7 - tmpfs none rw,size=4k\n"
    "32 30 0:6 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
    "33 30 0:7 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n"
    "34 30 0:8 /inner /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";

TEST(Mountinfo, UndoesOctalEscapesAndSkipsOptionalFields) {
  const std::vector<HostMount> mounts = parse_mountinfo(kHybrid);
  ASSERT_EQ(5U, mounts.size());
  EXPECT_EQ("/with blank", mounts[1].mount_point);
  EXPECT_EQ("tmpfs", mounts[1].type);
  EXPECT_EQ("rw,size=4k", mounts[1].super_options);
}

TEST(Mountinfo, LeavesOutLinesThatAreNone) {
  EXPECT_TRUE(parse_mountinfo("nonsense\n1 2 3\n").empty());
}

TEST(CgroupLayout, FindsCoMountedControllersAndTheUnifiedHierarchy) {
  const CgroupLayout layout = cgroup_layout(
      parse_mountinfo(kHybrid), "5:memory:/a\n4:cpu,cpuacct:/\n0::/b\n");
  EXPECT_EQ("/sys/fs/cgroup/memory", layout.v1.at("memory"));
  EXPECT_EQ("/sys/fs/cgroup/cpu", layout.v1.at("cpu"));
  EXPECT_EQ("/sys/fs/cgroup/cpu", layout.v1.at("cpuacct"));
  EXPECT_EQ("/sys/fs/cgroup/unified", layout.v2_mount);
  EXPECT_EQ("/b", layout.v2_own_path);
  EXPECT_EQ("5:memory:", layout.line_prefix.at("memory"));
  EXPECT_EQ("4:cpu,cpuacct:", layout.line_prefix.at("cpu"));
  EXPECT_EQ("0::/inner", layout.line_prefix.at(""));
}

TEST(CgroupLayout, OfTwoMountsAtOnePlaceTheLastIsTheOneThatIsSeen) {
  const CgroupLayout layout = cgroup_layout(
      parse_mountinfo(
          "1 0 0:1 /.. /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n"
          "2 1 0:1 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n"),
      "5:pids:/\n");
  EXPECT_EQ("5:pids:", layout.line_prefix.at("pids"));
}

TEST(SubordinateRange, IsFoundByNameAndByNumber) {
  const std::string text = "other:1:2\nalice:100000:65536\n1001:200000:10\n";
  EXPECT_EQ(100000U, subordinate_range(text, "alice", 1000)->first);
  EXPECT_EQ(200000U, subordinate_range(text, "", 1001)->first);
  EXPECT_FALSE(subordinate_range(text, "bob", 1002));
  EXPECT_FALSE(subordinate_range("alice:x:y\nalice:1:0\n", "alice", 1));
  EXPECT_FALSE(subordinate_range("alice:4294967295:1\n", "alice", 1));
  EXPECT_EQ(4294967294U,
            subordinate_range("alice:4294967294:1\n", "alice", 1)->first);
}

TEST(Host, AgreesWithTheKernelAboutTheLastCapability) {
  const Result<Host> host = probe_host();
  ASSERT_TRUE(host) << host.error().message();
  const Result<std::string> last = read_file("/proc/sys/kernel/cap_last_cap");
  ASSERT_TRUE(last);
  EXPECT_EQ(trimmed(*last), std::to_string(host->last_capability));
}

TEST(Host, TriesMountSetattrInsteadOfReadingAVersion) {
  const Result<Host> host = probe_host();
  ASSERT_TRUE(host);
  // Inside a filter that knows no mount_setattr the same kernel lacks it; here
  // nothing filters, so the answer is the kernel's own symbol table.
  const Result<std::string> symbols = read_file("/proc/kallsyms", 256 << 20);
  if (!symbols || symbols->empty()) GTEST_SKIP() << "no /proc/kallsyms";
  EXPECT_EQ(symbols->find("sys_mount_setattr") != std::string::npos,
            host->mount_setattr);
}

/// From now on keyctl(2) is answered with `error`.
bool answer_keyctl(std::uint32_t error) {
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_keyctl, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  const sock_fprog program = {4, code};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

TEST(Host, TellsAFilteredKeyctlFromAKernelWithoutKeys) {
  const Result<Host> plain = probe_host();
  ASSERT_TRUE(plain);
  if (!plain->keys || plain->keyctl_error != 0) GTEST_SKIP() << "no keyctl";
  const pid_t child = fork();
  if (child == 0) {
    if (!answer_keyctl(ENOSYS)) _exit(2);
    const Result<Host> filtered = probe_host();
    _exit(filtered && filtered->keys && filtered->keyctl_error == ENOSYS ? 0
                                                                         : 1);
  }
  int status = -1;
  ASSERT_EQ(child, waitpid(child, &status, 0));
  EXPECT_EQ(0, WEXITSTATUS(status));
}

TEST(Host, SeesTheModulesThatTheKernelNames) {
  const Result<Host> host = probe_host();
  ASSERT_TRUE(host);
  if (host->lsm.empty()) GTEST_SKIP() << "neither securityfs nor Linux 6.8";
  const auto named = [&](const char* name) {
    return ("," + host->lsm + ",").find("," + std::string(name) + ",") !=
           std::string::npos;
  };
  EXPECT_TRUE(named("capability")) << host->lsm;
  EXPECT_EQ(named("landlock"), host->landlock_abi > 0) << host->lsm;
  EXPECT_EQ(named("apparmor"), host->apparmor) << host->lsm;
  EXPECT_EQ(named("selinux"), host->selinux) << host->lsm;
}

TEST(TimeNamespace, IsEnteredAtExecOrIsNotTheSameEveryTime) {
  const bool first = TimeNamespaceTry(false).entered();
  EXPECT_EQ(first, TimeNamespaceTry(false).entered());
  // Nothing of it is left to wait for.
  EXPECT_EQ(-1, waitpid(-1, nullptr, WNOHANG));
}

TEST(TimeNamespace, ATryThatWasBegunBeforeIsTakenOver) {
  TimeTryChild child;
  const auto begin = [&child]() -> TimeNamespaceTry::Begun {
    return {.with_user_namespace = true,
            .pid = static_cast<pid_t>(child.begin(true))};
  };
  const bool own = TimeNamespaceTry(true).entered();
  {
    TimeNamespaceTry begun(begin());
    EXPECT_TRUE(begun.with_user_namespace());
    EXPECT_EQ(own, begun.entered());
  }
  EXPECT_EQ(-1, waitpid(-1, nullptr, WNOHANG));
  { const TimeNamespaceTry unasked(begin()); }
  EXPECT_EQ(-1, waitpid(-1, nullptr, WNOHANG));
}

TEST(TimeNamespace, IsNotEnteredWhereNoTryCouldBeMade) {
  for (const pid_t none : {0, -EAGAIN}) {
    TimeNamespaceTry begun(TimeNamespaceTry::Begun{true, none});
    EXPECT_FALSE(begun.entered()) << none;
  }
}

}  // namespace
}  // namespace bulkhead
