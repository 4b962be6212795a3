#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "runtime/plan/compile.h"
#include "runtime/plan/test_plan.h"
#include "runtime/spec/presets.h"

namespace bulkhead {
namespace {

using ::testing::HasSubstr;

constexpr int kNewest = 7;

Host host_of(int abi) {
  Host host = *probe_host();
  host.privileged = true;
  host.may_map_ranges = true;
  host.landlock_abi = abi;
  return host;
}

Plan compiled(Spec spec, const Host& host) {
  Result<Plan> plan = compile(std::move(spec), host);
  if (!plan) ADD_FAILURE() << plan.error().message();
  return plan ? std::move(*plan) : Plan{};
}

/// What landlock_create_ruleset(2) is given: files, net, scope; 0 beyond its
/// size.
std::vector<std::uint64_t> handled(const Plan& plan) {
  std::vector<std::uint64_t> words(3);
  for (const Call& call : plan.child) {
    if (call.number != SYS_landlock_create_ruleset) continue;
    // NOLINTNEXTLINE(performance-no-int-to-ptr): a plan holds addresses so.
    std::memcpy(words.data(), reinterpret_cast<const void*>(call.args[0].value),
                call.args[1].value);
  }
  return words;
}

std::vector<std::string> lines_of(const Plan& plan, const std::string& step) {
  for (const Step& one : plan.steps) {
    if (one.name == step) return one.calls;
  }
  return {};
}

TEST(Landlock, IsInForceAfterAllThatOpensFilesAndBeforeTheFilter) {
  const Plan plan = compiled(hardened(), host_of(kNewest));
  EXPECT_LT(position(plan, "landlock.rules"),
            position(plan, "capabilities.sets"))
      << "the places are opened by the container's root";
  EXPECT_GT(position(plan, "landlock.restrict"),
            position(plan, "session.lifeline_again"));
  EXPECT_LT(position(plan, "landlock.restrict"),
            position(plan, "seccomp.load"));
}

TEST(Landlock, WithoutNoNewPrivsComesBeforeTheCapabilitiesGo) {
  Spec spec = hardened();
  spec.process.no_new_privs = false;
  const Plan plan = compiled(std::move(spec), host_of(kNewest));
  EXPECT_LT(position(plan, "landlock.restrict"),
            position(plan, "capabilities.sets"));
  EXPECT_THAT(lines_of(plan, "landlock.rules"),
              testing::Contains(HasSubstr("self/status: read")));
}

TEST(Landlock, HandlesWhatTheAbiHas) {
  constexpr std::uint64_t kFilesOfAbi2 = (1U << 14) - 1;
  EXPECT_EQ(handled(compiled(hardened(), host_of(2))),
            (std::vector<std::uint64_t>{kFilesOfAbi2, 0, 0}));
  EXPECT_EQ(handled(compiled(hardened(), host_of(5))),
            (std::vector<std::uint64_t>{(1U << 16) - 1, 0, 0}));
  EXPECT_EQ(handled(compiled(hardened(), host_of(kNewest))),
            (std::vector<std::uint64_t>{(1U << 16) - 1, 0, 3}));
  Spec ports = hardened();
  ports.landlock->tcp_bind = {1, 2};
  EXPECT_EQ(handled(compiled(ports, host_of(4)))[1], 1U);
  ports.landlock->tcp_connect = std::set<std::uint16_t>{};
  EXPECT_EQ(handled(compiled(ports, host_of(4)))[1], 3U);
}

TEST(Landlock, WhatIsOnlyPreferredIsWrittenDownWhereTheKernelLacksIt) {
  const Plan none = compiled(hardened(), host_of(0));
  EXPECT_FALSE(has_step(none, "landlock.rules"));
  EXPECT_FALSE(has_step(none, "landlock.restrict"));
  std::vector<std::string> features;
  for (const Degradation& one : none.degradations) {
    if (one.feature.starts_with("landlock")) features.push_back(one.feature);
  }
  EXPECT_THAT(features,
              testing::ElementsAre("landlock.files", "landlock.truncate",
                                   "landlock.ioctl", "landlock.scope",
                                   "landlock.scope"));
  for (const Degradation& one : compiled(hardened(), host_of(6)).degradations) {
    EXPECT_FALSE(one.feature.starts_with("landlock")) << one.feature;
  }
}

TEST(Landlock, WhatIsRequiredAndMissingIsAnError) {
  Spec spec = hardened();
  spec.prefer.erase("landlock");
  const Result<Plan> plan = compile(spec, host_of(5));
  ASSERT_FALSE(plan);
  EXPECT_THAT(plan.error().message(), HasSubstr("landlock.scope"));
  EXPECT_THAT(plan.error().message(), HasSubstr("ABI 6"));
  EXPECT_THAT(plan.error().message(), HasSubstr("--prefer landlock.scope"));
}

TEST(Landlock, LetsWriteBeneathTheWritableMountsOnly) {
  Spec spec = hardened();
  const auto writes = [](const Plan& plan, const std::string& path) {
    for (const std::string& line : lines_of(plan, "landlock.rules")) {
      if (line.starts_with("landlock_add_rule(" + path + ": ")) {
        return line.find("write") != std::string::npos;
      }
    }
    return false;
  };
  const Plan plan = compiled(spec, host_of(kNewest));
  EXPECT_FALSE(writes(plan, "/"));
  EXPECT_FALSE(writes(plan, "/sys"));
  EXPECT_TRUE(writes(plan, "/tmp"));
  EXPECT_TRUE(writes(plan, "/dev"));
  spec.rootfs.read_only = false;
  EXPECT_TRUE(writes(compiled(spec, host_of(kNewest)), "/"));
}

TEST(Landlock, NamesNoPlaceThatALaterMountHides) {
  Spec spec = hardened();
  spec.mounts.push_back({.kind = MountKind::kTmpfs, .destination = "/a/b"});
  spec.mounts.push_back({.kind = MountKind::kTmpfs, .destination = "/a"});
  const auto lines =
      lines_of(compiled(spec, host_of(kNewest)), "landlock.rules");
  EXPECT_THAT(lines, testing::Contains("open(/a, O_PATH)"));
  EXPECT_THAT(lines, testing::Not(testing::Contains("open(/a/b, O_PATH)")));
}

bool is_tried(const Plan& plan) {
  for (const Call& call : plan.child) {
    if (plan.steps[call.step].name == "landlock.restrict" &&
        call.op == Op::kExpectValue) {
      return call.tolerated[0] == EACCES && call.expected == -1;
    }
  }
  return false;
}

TEST(Landlock, IsTriedByWhatWasReadBefore) {
  EXPECT_TRUE(is_tried(compiled(hardened(), host_of(kNewest))));
}

TEST(Landlock, IsNotTriedWhereTheSupervisorsProcIsInside) {
  Spec spec = hardened();
  spec.mounts.push_back({.destination = "/host", .source = "/"});
  EXPECT_FALSE(is_tried(compiled(spec, host_of(kNewest))));
}

TEST(Lsm, ALabelIsReadBackThroughTheSupervisorsProc) {
  Host host = host_of(kNewest);
  host.apparmor = host.selinux = true;
  Spec spec = hardened();
  spec.labels = {.apparmor = "p", .selinux = "u:r:t:s0", .mount = "u:r:f:s0"};
  const Plan plan = compiled(spec, host);
  EXPECT_LT(position(plan, "rootfs.pivot"), position(plan, "lsm.apparmor"));
  EXPECT_THAT(lines_of(plan, "lsm.apparmor"),
              testing::IsSupersetOf(
                  {"write exec p", "read /proc/self/attr/apparmor/exec"}));
  EXPECT_TRUE(has_step(plan, "lsm.selinux"));
  EXPECT_THAT(lines_of(plan, "rootfs.mount:/tmp"),
              testing::Contains(HasSubstr("context")));
}

TEST(Lsm, ALabelThatNobodyHereCanSetIsAnErrorOrWrittenDown) {
  Host host = host_of(kNewest);
  host.apparmor = host.selinux = false;
  Spec spec = hardened();
  spec.labels.apparmor = "p";
  const Result<Plan> refused = compile(spec, host);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("AppArmor is not active"));
  spec.prefer.insert("lsm");
  const Plan plan = compiled(spec, host);
  EXPECT_FALSE(has_step(plan, "lsm.apparmor"));
  EXPECT_EQ(plan.degradations.back().feature, "lsm.apparmor");
  spec.labels = {.selinux = {}, .mount = "u:r:f:s0"};
  spec.prefer.erase("lsm");
  EXPECT_THAT(compile(spec, host).error().message(),
              HasSubstr("SELinux is not active"));
}

}  // namespace
}  // namespace bulkhead
