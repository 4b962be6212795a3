// Every call of a plan, on both sides of the clone, made to fail with every
// errno that some kernel, limit or filter may answer: nothing starts, the error
// says where and what helps, and nothing is left behind.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <utility>

#include "runtime/base/file.h"
#include "runtime/parent/test_rootfs.h"
#include "runtime/spec/without.h"

namespace bulkhead {
namespace {

using ::testing::HasSubstr;

constexpr std::array kErrnos = {EPERM, EACCES, EINVAL, ENOSYS, ENOMEM,
                                EBUSY, ENOENT, EAGAIN, EEXIST, ENOSPC};
/// A start either works or says so within this; of so many, one may be kept
/// waiting by whatever else the machine does.
constexpr std::chrono::seconds kStartGoal(2);
constexpr int kOneSlowOf = 50;
/// No kernel has calls from here on.
constexpr std::uint32_t kNoCall = 100'000;
constexpr std::uint32_t kMostErrnos = 4096;

/// From now on the call kNoCall + E fails with the errno E, and kNoCall lies:
/// it answers 0; here and in every child.
void let_numbers_fail() {
  std::array filter = {
      sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                           offsetof(seccomp_data, arch)),
      sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 0, 3),
      sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                           offsetof(seccomp_data, nr)),
      sock_filter BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, kNoCall + kMostErrnos, 1,
                           0),
      sock_filter BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, kNoCall, 1, 0),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      sock_filter BPF_STMT(BPF_ALU | BPF_SUB | BPF_K, kNoCall),
      sock_filter BPF_STMT(BPF_ALU | BPF_OR | BPF_K, SECCOMP_RET_ERRNO),
      sock_filter BPF_STMT(BPF_RET | BPF_A, 0)};
  const sock_fprog program{filter.size(), filter.data()};
  ASSERT_EQ(0, syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program));
  errno = 0;
  ASSERT_EQ(-1, syscall(kNoCall + EBUSY));
  ASSERT_EQ(EBUSY, errno);
}

/// From now on `number` is answered with the errno `error`, 0: as if it had
/// been made; here and in every child.
void answer(std::uint32_t number, std::uint32_t error) {
  std::array filter = {
      sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                           offsetof(seccomp_data, nr)),
      sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 1, 0),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error)};
  const sock_fprog program{filter.size(), filter.data()};
  ASSERT_EQ(0, syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program));
}

std::size_t open_descriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry :
       std::filesystem::directory_iterator("/proc/self/fd")) {
    ++count;
  }
  return count;
}

std::string mounts() {
  return read_file("/proc/self/mountinfo").value_or(std::string());
}

class StartFault : public ContainerTest {
 protected:
  static void SetUpTestSuite() {
    ContainerTest::SetUpTestSuite();
    if (!HasFatalFailure()) let_numbers_fail();
  }

  /// What cannot be reached here, and what may fail by design. What comes after
  /// the filter is answered by that, whatever number it has.
  static bool passed_over(const Plan& plan, const Call& call, bool has_filter) {
    if (has_filter) return true;
    const std::string& step = plan.steps[call.step].name;
    const bool optional = step.starts_with("rootfs.mask:") ||
                          step.starts_with("rootfs.readonly:");
    return (optional &&
            access(step.substr(step.find(':') + 1).c_str(), F_OK) != 0) ||
           call.op == Op::kAwaitParent || call.op == Op::kDoneIfLine;
  }

  /// Starts `plan` with `call`, which is one of its, failing with `error`.
  void fail_once(Plan& plan, Call& call, int error) {
    const Call kept = call;
    call.op = Op::kSyscall;
    call.number = kNoCall + error;
    const auto begin = std::chrono::steady_clock::now();
    const Result<Container> container = start(plan);
    const auto took = std::chrono::steady_clock::now() - begin;
    call = kept;
    const std::string& step = plan.steps[kept.step].name;
    ++tried_;
    ASSERT_FALSE(container) << step << " " << kept.number_in_step << " errno "
                            << error << ": started all the same";
    const Error& why = container.error();
    EXPECT_THAT(why.what, HasSubstr(step));
    EXPECT_FALSE(why.remedy.empty()) << why.what;
    EXPECT_EQ(error, why.errno_value) << why.what;
    if (took > kStartGoal) ++slow_;
    EXPECT_EQ(-1, waitpid(-1, nullptr, WNOHANG)) << why.what;
    EXPECT_EQ(descriptors_, open_descriptors()) << why.what;
    if (plan.cgroup) expect_no_cgroup(*plan.cgroup, why.what);
  }

  static void expect_no_cgroup(const CgroupPlan& cgroup,
                               const std::string& after) {
    for (const CgroupDirectory& directory : cgroup.directories) {
      const std::string path = directory.mount_point + "/" + directory.path;
      EXPECT_NE(0, access(path.c_str(), F_OK)) << path << " after " << after;
    }
  }

  void fail_each(std::vector<Call>& calls, Plan& plan) {
    bool has_filter = false;
    for (Call& call : calls) {
      if (passed_over(plan, call, has_filter)) continue;
      has_filter = call.number == SYS_seccomp;
      for (const int error : kErrnos) {
        // Whether these weaken anything, only probes can tell:
        // `bulkhead verify --faults`.
        if (std::ranges::find(call.tolerated, error) !=
            std::end(call.tolerated)) {
          continue;
        }
        ASSERT_NO_FATAL_FAILURE(fail_once(plan, call, error));
        if (HasFailure()) return;
      }
    }
  }

  void sweep(Spec spec, int at_least) {
    Result<Plan> plan = make_plan(std::move(spec), host());
    ASSERT_TRUE(plan) << plan.error().message();
    std::string error;
    ASSERT_EQ(0, run(*plan, &error)) << error;
    // Ignored by the caller, so that there is something to reset.
    const sighandler_t before = signal(SIGUSR2, SIG_IGN);
    descriptors_ = open_descriptors();
    const std::string mounts_before = mounts();
    fail_each(plan->before, *plan);
    fail_each(plan->beside, *plan);
    fail_each(plan->child, *plan);
    signal(SIGUSR2, before);
    EXPECT_EQ(mounts_before, mounts());
    EXPECT_GT(tried_, at_least);
    EXPECT_LE(slow_ * kOneSlowOf, tried_);
    EXPECT_EQ(0, run(*plan, &error)) << error;
  }

  int tried_ = 0;
  int slow_ = 0;
  std::size_t descriptors_ = 0;
};

TEST_F(StartFault, WhatALyingCallLeftUndoneIsReadBack) {
  Spec spec = spec_for("exit 0");
  spec.process.cwd = "/tmp";
  Result<Plan> plan = make_plan(std::move(spec), host());
  ASSERT_TRUE(plan) << plan.error().message();
  constexpr std::array kLiars = {"chdir(/tmp",     "move_mount(",
                                 "fsconfig(size=", "fsconfig(nr_inodes=",
                                 "fsconfig(max=",  "prctl(PR_SET_PDEATHSIG"};
  for (const char* liar : kLiars) {
    int lies = 0;
    for (Call& call : plan->child) {
      const Step& step = plan->steps[call.step];
      if (passed_over(*plan, call, false) || call.op != Op::kSyscall ||
          !step.calls[call.number_in_step].starts_with(liar)) {
        continue;
      }
      const std::int64_t number = std::exchange(call.number, kNoCall);
      EXPECT_FALSE(start(*plan))
          << step.name << ": " << step.calls[call.number_in_step];
      call.number = number;
      ++lies;
    }
    EXPECT_GT(lies, 0) << liar;
  }
}

TEST_F(StartFault, AChildThatWaitsIsKilledWhateverBecomesOfTheFirstCall) {
  Result<Plan> plan = make_plan(spec_for("exit 0"), host());
  ASSERT_TRUE(plan) << plan.error().message();
  ASSERT_TRUE(plan->wait_for_parent);
  plan->oom_score_adj = 5000;  // No such score: the parent's write fails.
  for (const std::uint32_t error : {EPERM, ENOSYS, 0}) {
    const pid_t pid = fork();
    ASSERT_GE(pid, 0);
    if (pid == 0) {
      answer(SYS_pidfd_send_signal, error);
      alarm(static_cast<unsigned>(kStartGoal.count()));
      const Result<Container> container = start(*plan);
      EXPECT_FALSE(container);
      EXPECT_THAT(container.error().what, HasSubstr("oom_score_adj"));
      EXPECT_EQ(-1, waitpid(-1, nullptr, WNOHANG));
      _exit(HasFailure() ? 1 : 0);
    }
    int status = 0;
    ASSERT_EQ(pid, waitpid(pid, &status, 0));
    EXPECT_EQ(0, status) << error;
  }
}

TEST_F(StartFault, InAUserNamespaceEveryErrnoStopsTheStart) {
  sweep(spec_for("exit 0"), 2000);
}

TEST_F(StartFault, WithoutAUserNamespaceEveryErrnoStopsTheStart) {
  Spec spec = spec_for("exit 0");
  share_namespace(spec, NamespaceKind::kUser, {});
  sweep(std::move(spec), 2000);
}

TEST_F(StartFault, WithoutPrivilegesEveryErrnoStopsTheStart) {
  constexpr uid_t kNobody = 65534;
  // Whose container's root makes the mount points in it.
  ASSERT_EQ(0, chown(rootfs_.c_str(), kNobody, kNobody));
  const pid_t pid = fork();
  ASSERT_GE(pid, 0);
  if (pid == 0) {
    ASSERT_EQ(0, setresgid(kNobody, kNobody, kNobody));
    ASSERT_EQ(0, setresuid(kNobody, kNobody, kNobody));
    // A change of ids takes it away, and with it the own files in /proc.
    ASSERT_EQ(0, prctl(PR_SET_DUMPABLE, 1));
    Spec spec = spec_for("exit 0");
    spec.prefer.insert("cgroup");
    sweep(std::move(spec), 1500);
    _exit(HasFailure() ? 1 : 0);
  }
  int status = 0;
  ASSERT_EQ(pid, waitpid(pid, &status, 0));
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

}  // namespace
}  // namespace bulkhead
