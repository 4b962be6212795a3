#include "verify/bind_source.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>

#include "runtime/base/file.h"

namespace bulkhead::verify::bind_source_test {
namespace {

/// Runs `body` in a forked child with a mount namespace of its own, in which
/// /tmp is a new tmpfs; its result is the child's exit status.
int in_own_mounts(const std::function<int()>& body) {
  const pid_t child = fork();
  if (child == 0) {
    if (unshare(CLONE_NEWNS) != 0 ||
        mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mount("none", "/tmp", "tmpfs", 0, nullptr) != 0) {
      _exit(99);
    }
    _exit(body());
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

class BindSource : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "mounts need root";
  }
};

TEST_F(BindSource, IsSharedAndHoldsOneMoreMountThatEverybodyMayWrite) {
  EXPECT_EQ(
      in_own_mounts([] {
        if (!build_bind_source("/tmp/bind", "nonce")) return 1;
        const auto table = read_file("/proc/self/mountinfo");
        if (!table) return 2;
        const auto at = table->find(" /tmp/bind ");
        if (at == std::string::npos) return 3;
        const auto end = table->find('\n', at);
        if (table->substr(at, end - at).find("shared:") == std::string::npos) {
          return 4;
        }
        if (table->find(" /tmp/bind/below ") == std::string::npos) {
          return 5;
        }
        if (setresuid(1000, 1000, 1000) != 0) return 6;
        return open("/tmp/bind/below/plain", O_WRONLY) >= 0 ? 0 : 7;
      }),
      0);
}

TEST_F(BindSource, IsGoneWithOneDetach) {
  EXPECT_EQ(in_own_mounts([] {
              if (!build_bind_source("/tmp/bind", "nonce")) return 1;
              if (umount2("/tmp/bind", MNT_DETACH) != 0) return 2;
              return rmdir("/tmp/bind") == 0 ? 0 : 3;
            }),
            0);
}

}  // namespace
}  // namespace bulkhead::verify::bind_source_test
