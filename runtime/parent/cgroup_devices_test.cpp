// The device program of a v2 cgroup: the kernel decides by it, and a call that
// only says so is found out.
#include "runtime/parent/cgroup_devices.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <string>
#include <vector>

#include "runtime/base/fd.h"
#include "runtime/host/host.h"
#include "runtime/parent/said_by_child.h"
#include "runtime/plan/device_rules.h"

namespace bulkhead {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

/// Answers bpf(`command`) with `error`, and with success for 0.
bool answer_bpf(unsigned command, unsigned error) {
  std::array filter = {
      sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                           offsetof(seccomp_data, nr)),
      sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_bpf, 0, 3),
      // The lower half, on every machine that this builds for.
      sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                           offsetof(seccomp_data, args)),
      sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, command, 0, 1),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  const sock_fprog program{filter.size(), filter.data()};
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
}

class CgroupDevices : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(0, geteuid()) << "these tests make cgroups: run as root";
    const Result<Host> host = probe_host();
    ASSERT_TRUE(host) << host.error().message();
    ASSERT_NE("", host->cgroups.v2_mount) << "no v2 hierarchy is mounted";
    cgroup_ = host->cgroups.v2_mount + "/bulkhead.test-devices-" +
              std::to_string(getpid());
    ASSERT_EQ(0, mkdir(cgroup_.c_str(), 0755));
  }
  void TearDown() override { EXPECT_EQ(0, rmdir(cgroup_.c_str())); }

  [[nodiscard]] Status attach() const {
    return attach_device_program(
        cgroup_,
        device_program({DeviceRule{}, DeviceRule{true, 'c', 1, 3, "rw"}}));
  }

  /// What attaching says in a process that answers bpf(`command`) by `error`.
  [[nodiscard]] std::string attached_behind(unsigned command,
                                            unsigned error) const {
    return said_by_child([&]() -> std::string {
      if (!answer_bpf(command, error)) return "no filter";
      const Status done = attach();
      return done ? "attached" : done.error().message();
    });
  }

  /// The names of the errors of opening each of `paths` in the cgroup.
  [[nodiscard]] std::string opened_inside(
      const std::vector<const char*>& paths) const {
    return said_by_child([&]() -> std::string {
      const Fd procs(
          open((cgroup_ + "/cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC));
      if (write(procs.get(), "0", 1) != 1) return "not in the cgroup";
      std::string said;
      for (const char* path : paths) {
        const Fd opened(open(path, O_RDONLY | O_CLOEXEC));
        said += opened ? "opened " : errno == EPERM ? "EPERM " : "else ";
      }
      return said;
    });
  }

 private:
  std::string cgroup_;
};

TEST_F(CgroupDevices, WithoutAProgramEveryDeviceOpens) {
  EXPECT_EQ("opened opened ", opened_inside({"/dev/null", "/dev/zero"}));
}

TEST_F(CgroupDevices, TheKernelDecidesByTheProgram) {
  const Status done = attach();
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_EQ("opened EPERM ", opened_inside({"/dev/null", "/dev/zero"}));
}

TEST_F(CgroupDevices, AProgramThatWasOnlySaidToBeAttachedIsMissed) {
  EXPECT_THAT(attached_behind(BPF_PROG_ATTACH, 0),
              AllOf(HasSubstr("read-back"), HasSubstr("has the program 0")));
}

TEST_F(CgroupDevices, AnAnswerThatWasNotGivenIsNoReadBack) {
  EXPECT_THAT(attached_behind(BPF_PROG_QUERY, 0), HasSubstr("read-back"));
  EXPECT_THAT(attached_behind(BPF_OBJ_GET_INFO_BY_FD, 0),
              HasSubstr("read-back"));
}

TEST_F(CgroupDevices, EachCallThatIsRefusedIsNamed) {
  EXPECT_THAT(attached_behind(BPF_PROG_LOAD, EPERM),
              HasSubstr("bpf(BPF_PROG_LOAD): Operation not permitted"));
  EXPECT_THAT(attached_behind(BPF_PROG_ATTACH, EINVAL),
              HasSubstr("bpf(BPF_PROG_ATTACH): Invalid argument"));
  EXPECT_THAT(attached_behind(BPF_OBJ_GET_INFO_BY_FD, ENOMEM),
              HasSubstr("bpf(BPF_OBJ_GET_INFO_BY_FD): Cannot allocate"));
  EXPECT_THAT(attached_behind(BPF_PROG_QUERY, EPERM),
              HasSubstr("bpf(BPF_PROG_QUERY): Operation not permitted"));
}

// A filter cannot count: that a second try is made, test_faults_on_kernels.py
// shows.
TEST_F(CgroupDevices, ALoadThatIsAlwaysInterruptedIsGivenUp) {
  EXPECT_THAT(attached_behind(BPF_PROG_LOAD, EAGAIN),
              HasSubstr("bpf(BPF_PROG_LOAD): Resource temporarily"));
}

TEST_F(CgroupDevices, ACgroupThatIsNotThereIsNamed) {
  const Status done = attach_device_program("/sys/fs/cgroup/no-such", {});
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message(), HasSubstr("/sys/fs/cgroup/no-such"));
}

}  // namespace
}  // namespace bulkhead
