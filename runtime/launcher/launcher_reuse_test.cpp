// What a container could find of the one before it or beside it. Nothing is
// used twice, and here it is tried: a canary left by A is sought by B.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <array>
#include <filesystem>
#include <map>

#include "runtime/launcher/launcher_fixture.h"

namespace bulkhead {
namespace {

constexpr std::array kKinds = {"pid", "mnt",    "net",  "ipc",
                               "uts", "cgroup", "user", "time"};

/// Leaves one wherever it may write, and says which worked.
constexpr const char* kLeave =
    "for d in /tmp /run /dev/shm /dev /dev/mqueue /shared; do"
    " busybox touch $d/canary 2>/dev/null && echo $d; done;"
    "busybox nc -l -p 7777 -s 127.0.0.1 >/dev/null 2>&1 & echo net; exit 0";

/// Says where one is. That its port is free is tried by taking it.
constexpr const char* kSeek =
    "for d in /tmp /run /dev/shm /dev /dev/mqueue /shared; do"
    " test -e $d/canary && echo $d; done;"
    "busybox nc 127.0.0.1 7777 </dev/null >/dev/null 2>&1 && echo net;"
    "set -- /proc/[0-9]*; echo $#; exit 0";

class LauncherReuse : public LauncherTest,
                      public ::testing::WithParamInterface<ParkAt> {
 protected:
  /// /shared is the control: a place that A and B do have in common.
  Spec spec_with_shared() {
    std::filesystem::create_directory(rootfs_ / "shared");
    const std::string source = rootfs_ / "shared";
    EXPECT_EQ(0, chmod(source.c_str(), 01777));
    Spec spec = spec_for("exit 1");
    Mount shared;
    shared.destination = "/shared";
    shared.source = source;
    shared.noexec = true;
    spec.mounts.push_back(shared);
    return spec;
  }

  static std::map<std::string, std::string> namespaces_of(pid_t pid) {
    std::map<std::string, std::string> links;
    for (const char* kind : kKinds) {
      std::array<char, 64> target{};
      const std::string path =
          "/proc/" + std::to_string(pid) + "/ns/" + std::string(kind);
      EXPECT_GT(readlink(path.c_str(), target.data(), target.size() - 1), 0);
      links[kind] = target.data();
    }
    return links;
  }
};

TEST_P(LauncherReuse, NothingLeftByOneIsFoundByTheNext) {
  Launcher launcher = make_launcher();
  const ProgramId program =
      add(launcher, spec_with_shared(), {.size = 2, .depth = GetParam()});
  ASSERT_TRUE(launcher.wait_ready(program));
  std::string left;
  ParkAt from = ParkAt::kNowhere;
  ASSERT_EQ(0, run(launcher, program, script(kLeave), &left, &from)) << left;
  EXPECT_EQ(GetParam(), from);
  EXPECT_EQ("/tmp\n/run\n/dev/shm\n/dev\n/dev/mqueue\n/shared\nnet\n", left);
  // The one that was made together with A, and the one that took its place.
  for (int i = 0; i < 3; ++i) {
    std::string found;
    ASSERT_EQ(0, run(launcher, program, script(kSeek), &found, &from)) << found;
    EXPECT_EQ("/shared\n1\n", found) << "one process: its own";
  }
}

TEST_P(LauncherReuse, NoNamespaceIsSharedByTwo) {
  Launcher launcher = make_launcher();
  Spec spec = spec_for("busybox sleep 100");
  const ProgramId program =
      add(launcher, std::move(spec), {.size = 2, .depth = GetParam()});
  ASSERT_TRUE(launcher.wait_ready(program));
  std::vector<Launched> running;
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(launcher.wait_ready(program));
    Result<Launched> launched = launcher.start(program);
    ASSERT_TRUE(launched) << launched.error().message();
    EXPECT_EQ(GetParam(), launched->from);
    running.push_back(std::move(*launched));
  }
  const auto own = namespaces_of(getpid());
  for (std::size_t a = 0; a < running.size(); ++a) {
    const auto one = namespaces_of(running[a].container.pid());
    for (const char* kind : kKinds) EXPECT_NE(own.at(kind), one.at(kind));
    for (std::size_t b = 0; b < a; ++b) {
      const auto other = namespaces_of(running[b].container.pid());
      for (const char* kind : kKinds) EXPECT_NE(other.at(kind), one.at(kind));
    }
  }
}

TEST_P(LauncherReuse, EachCountsItsOwn) {
  Launcher launcher = make_launcher();
  Spec spec = spec_for("");
  spec.resources.pids_max = 4;
  const ProgramId program =
      add(launcher, std::move(spec), {.size = 1, .depth = GetParam()});
  const auto fork_some = script(
      "busybox sleep 9 & busybox sleep 9 & busybox sleep 9 & echo three; "
      "exit 0");
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(launcher.wait_ready(program));
    std::string text;
    EXPECT_EQ(0, run(launcher, program, fork_some, &text)) << text;
    EXPECT_EQ("three\n", text);
  }
}

INSTANTIATE_TEST_SUITE_P(Depths, LauncherReuse,
                         ::testing::Values(ParkAt::kTree, ParkAt::kExec),
                         depth_name);

}  // namespace
}  // namespace bulkhead
