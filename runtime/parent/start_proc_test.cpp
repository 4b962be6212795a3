// What a start writes to /proc, and to whom.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include <cerrno>
#include <functional>

#include "runtime/base/file.h"
#include "runtime/parent/test_rootfs.h"
#include "runtime/spec/without.h"

namespace bulkhead {
namespace {

using ::testing::HasSubstr;

class StartAndProc : public ContainerTest {};

std::string own_score() {
  const Result<std::string> text = read_file("/proc/self/oom_score_adj");
  return text ? trimmed(*text) : text.error().message();
}

/// The exit status of `body` in a process of its own.
int forked(const std::function<int()>& body) {
  const pid_t child = fork();
  if (child == 0) _exit(body());
  int status = -1;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(StartAndProc, TheContainersOomScoreIsNotTheCallers) {
  for (const bool user_namespace : {true, false}) {
    Spec spec = spec_for("test $(busybox cat /proc/self/oom_score_adj) = 200");
    spec.process.oom_score_adj = 200;
    if (!user_namespace) share_namespace(spec, NamespaceKind::kUser, {});
    Result<Plan> plan = make_plan(std::move(spec), host());
    ASSERT_TRUE(plan) << plan.error().message();
    // A score that was raised may not come down again: in a fork.
    EXPECT_EQ(0, forked([&] {
                if (!write_file_at(AT_FDCWD, "/proc/self/oom_score_adj", "100"))
                  return 2;
                std::string error;
                EXPECT_EQ(0, run(*plan, &error)) << error;
                EXPECT_EQ("100", own_score());
                return testing::Test::HasFailure() ? 1 : 0;
              }))
        << user_namespace;
  }
}

TEST_F(StartAndProc, WithoutItsCapabilityTheScoresFloorIsADegradation) {
  const auto degradations = [&](bool capable) {
    Host the_host = host();
    constexpr std::uint64_t kResource = std::uint64_t{1} << 24;
    the_host.effective_capabilities |= kResource;
    if (!capable) the_host.effective_capabilities &= ~kResource;
    Spec spec = spec_for("exit 0");
    spec.process.oom_score_adj = 200;
    const Result<Plan> plan = make_plan(std::move(spec), the_host);
    EXPECT_TRUE(plan) << plan.error().message();
    std::string features;
    for (const Degradation& one : plan->degradations) features += one.feature;
    return features;
  };
  EXPECT_THAT(degradations(false), HasSubstr("session.oom_score.floor"));
  EXPECT_THAT(degradations(true), ::testing::Not(HasSubstr("oom_score")));
}

TEST_F(StartAndProc, TheMapsAreTheChildsWherePidsOfProcAreOthers) {
  // A pid namespace of its own, and still the outer one's /proc.
  Result<Plan> plan = make_plan(spec_for("exit 7"), host());
  ASSERT_TRUE(plan) << plan.error().message();
  EXPECT_EQ(7, forked([&] {
              if (unshare(CLONE_NEWPID) != 0) return 2;
              return forked([&] {
                std::string error;
                const int code = run(*plan, &error);
                EXPECT_EQ("", error);
                return code;
              });
            }));
}

/// In this mount namespace /proc becomes that of a new pid namespace, until
/// `body` is done.
int with_foreign_proc(const std::function<int()>& body) {
  int ready[2];
  int done[2];
  if (unshare(CLONE_NEWNS) != 0 || pipe(ready) != 0 || pipe(done) != 0) {
    return 20;
  }
  const pid_t other = fork();
  if (other == 0) {
    close(done[1]);
    if (unshare(CLONE_NEWPID) != 0) _exit(1);
    _exit(forked([&] {
      char byte = 'y';
      if (mount("proc", "/proc", "proc", 0, nullptr) != 0) return 1;
      if (write(ready[1], &byte, 1) != 1) return 1;
      return static_cast<int>(read(done[0], &byte, 1));
    }));
  }
  close(ready[1]);
  char byte = 0;
  const int code = read(ready[0], &byte, 1) == 1 ? body() : 21;
  close(done[1]);
  waitpid(other, nullptr, 0);
  return code;
}

TEST_F(StartAndProc, AProcThatDoesNotShowTheChildIsRefused) {
  Result<Plan> plan = make_plan(spec_for("exit 0"), host());
  ASSERT_TRUE(plan) << plan.error().message();
  EXPECT_EQ(0, forked([&] {
              return with_foreign_proc([&] {
                std::string error;
                EXPECT_EQ(-1, run(*plan, &error));
                EXPECT_THAT(error,
                            HasSubstr("/proc is another pid namespace's"));
                EXPECT_THAT(error, HasSubstr("mount -t proc"));
                return testing::Test::HasFailure() ? 1 : 0;
              });
            }));
}

}  // namespace
}  // namespace bulkhead
