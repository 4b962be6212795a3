// A container's mounts outlive its workload, until the teardown.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "runtime/base/fd.h"
#include "runtime/launcher/launcher_fixture.h"

namespace bulkhead {
namespace {

std::string link_at(const std::string& path) {
  std::array<char, 64> target{};
  return readlink(path.c_str(), target.data(), target.size() - 1) > 0
             ? std::string(target.data())
             : std::string();
}

std::string mounts_of(const std::string& process) {
  return link_at("/proc/" + process + "/ns/mnt");
}

/// How many descriptors of this process are that namespace.
std::ptrdiff_t held(const std::string& link) {
  const std::filesystem::directory_iterator open("/proc/self/fd");
  return std::count_if(begin(open), end(open), [&](const auto& entry) {
    return link_at(entry.path()) == link;
  });
}

class LauncherMounts : public LauncherTest {
 protected:
  Launcher launcher_ = make_launcher();
  Fd input_;  ///< Until it is closed, the workload waits.

  Result<Launched> start_one(std::size_t pool) {
    const ProgramId program =
        add(launcher_, spec_for("read line; exit 3"), {.size = pool});
    EXPECT_TRUE(launcher_.wait_ready(program));
    int ends[2];
    EXPECT_EQ(0, pipe2(ends, O_CLOEXEC));
    const Fd read_end(ends[0]);
    input_ = Fd(ends[1]);
    return launcher_.start(program, {.streams = {read_end.get(), -1, -1}});
  }
};

TEST_F(LauncherMounts, AreHeldFromTheEndToTheTeardown) {
  Result<Launched> launched = start_one(1);
  ASSERT_TRUE(launched) << launched.error().message();
  Container& container = launched->container;
  const std::string mounts = mounts_of(std::to_string(container.pid()));
  ASSERT_NE("", mounts);
  EXPECT_NE(mounts_of("self"), mounts);
  input_.reset();
  const Result<Exit> exit = container.ended();
  ASSERT_TRUE(exit);
  EXPECT_EQ(3, exit->code());
  EXPECT_EQ(1, held(mounts));
  ASSERT_TRUE(container.wait());
  ASSERT_TRUE(launcher_.drain());
  EXPECT_EQ(0, held(mounts));
}

TEST_F(LauncherMounts, OfOneThatIsThrownAwayAreLetGoOfToo) {
  std::string mounts;
  {
    const Result<Launched> launched = start_one(1);
    ASSERT_TRUE(launched) << launched.error().message();
    mounts = mounts_of(std::to_string(launched->container.pid()));
    EXPECT_EQ(1, held(mounts));
  }
  ASSERT_TRUE(launcher_.drain());
  EXPECT_EQ(0, held(mounts));
}

TEST_F(LauncherMounts, OfAColdStartAreTheKernelsToTakeApart) {
  Result<Launched> launched = start_one(0);
  ASSERT_TRUE(launched) << launched.error().message();
  const std::string mounts =
      mounts_of(std::to_string(launched->container.pid()));
  EXPECT_EQ(0, held(mounts));
  input_.reset();
  EXPECT_TRUE(launched->container.wait());
  EXPECT_TRUE(launcher_.drain());
}

}  // namespace
}  // namespace bulkhead
