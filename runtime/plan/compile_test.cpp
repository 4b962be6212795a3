#include "runtime/plan/compile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>

#include "runtime/plan/builder.h"
#include "runtime/plan/test_plan.h"
#include "runtime/spec/presets.h"

namespace bulkhead {
namespace {

using ::testing::Contains;
using ::testing::Field;
using ::testing::HasSubstr;

Host root_host() {
  Host host = *probe_host();
  host.privileged = true;
  host.may_map_ranges = true;
  return host;
}

TEST(Compile, EveryCallNamesAStepAndATextOfIt) {
  const Result<Plan> plan = compile(hardened(), root_host());
  ASSERT_TRUE(plan) << plan.error().message();
  for (const Call& call : plan->child) {
    ASSERT_LT(call.step, plan->steps.size());
    const Step& step = plan->steps[call.step];
    EXPECT_LT(call.number_in_step, step.calls.size()) << step.name;
    EXPECT_FALSE(step.reason.empty()) << step.name;
  }
}

TEST(Compile, NothingIsMountedBeforeTheNamespacesAreProven) {
  const Result<Plan> plan = compile(hardened(), root_host());
  ASSERT_TRUE(plan) << plan.error().message();
  EXPECT_LT(position(*plan, "mountns.verify"),
            position(*plan, "mountns.private"));
  EXPECT_LT(position(*plan, "utsns.verify"), position(*plan, "utsns.hostname"));
  EXPECT_LT(position(*plan, "mountns.private"),
            position(*plan, "rootfs.pivot"));
}

TEST(Compile, TheFilterIsLoadedLastAndExecFollows) {
  const Result<Plan> plan = compile(hardened(), root_host());
  ASSERT_TRUE(plan) << plan.error().message();
  EXPECT_GT(position(*plan, "seccomp.load"),
            position(*plan, "capabilities.sets"));
  EXPECT_EQ(Op::kExec, plan->child.back().op);
}

TEST(Compile, WithoutNoNewPrivsTheFilterComesBeforeTheCapabilitiesGo) {
  Spec spec = hardened();
  spec.process.no_new_privs = false;
  const Result<Plan> plan = compile(std::move(spec), root_host());
  ASSERT_TRUE(plan) << plan.error().message();
  EXPECT_LT(position(*plan, "seccomp.load"),
            position(*plan, "capabilities.sets"));
}

TEST(Compile, ASkippedStepHasNoCallsButStaysListed) {
  Spec spec = hardened();
  spec.unsafe = true;
  spec.skipped_steps = {"utsns.hostname"};
  const Result<Plan> plan = compile(std::move(spec), root_host());
  ASSERT_TRUE(plan) << plan.error().message();
  for (const Call& call : plan->child) {
    EXPECT_NE("utsns.hostname", plan->steps[call.step].name);
  }
}

TEST(Compile, ASkippedStepOfTheSupervisorIsNotDoneEither) {
  const auto skipping = [](const char* step) {
    Spec spec = hardened();
    spec.unsafe = true;
    spec.resources.pids_max = 32;
    spec.skipped_steps = {step};
    Result<Plan> plan = compile(std::move(spec), root_host());
    EXPECT_TRUE(plan) << plan.error().message();
    return plan;
  };
  const auto limits_pids = [](const Plan& plan) {
    return std::ranges::any_of(
        plan.cgroup->writes,
        [](const CgroupWrite& write) { return write.file == "pids.max"; });
  };
  const Result<Plan> whole = skipping("utsns.hostname");
  EXPECT_NE(0U, whole->clone_flags & CLONE_NEWIPC);
  EXPECT_TRUE(whole->write_id_maps);
  EXPECT_TRUE(limits_pids(*whole));
  EXPECT_EQ(0U, skipping("ipcns.new")->clone_flags & CLONE_NEWIPC);
  EXPECT_FALSE(skipping("userns.maps")->write_id_maps);
  EXPECT_FALSE(limits_pids(*skipping("cgroup.limit:pids.max")));
  EXPECT_FALSE(skipping("cgroup.create")->cgroup);
}

TEST(Compile, SkippingTheReadbackLeavesNoComparison) {
  Spec spec = hardened();
  spec.unsafe = true;
  spec.resources.pids_max = 32;
  spec.skipped_steps = {kSkipReadback};
  const Result<Plan> plan = compile(std::move(spec), root_host());
  ASSERT_TRUE(plan) << plan.error().message();
  for (const Call& call : plan->child) {
    EXPECT_TRUE(call.op == Op::kSyscall || call.op == Op::kReadFile ||
                call.op == Op::kAwaitParent || call.op == Op::kExec ||
                call.op == Op::kFillScratch || call.op == Op::kDoneIfLine ||
                call.op == Op::kCloseAbove)
        << plan->steps[call.step].name;
  }
  for (const CgroupWrite& write : plan->cgroup->writes) {
    EXPECT_EQ("", write.expected);
  }
}

TEST(Compile, WhatNothingStartsWithoutCannotBeSkipped) {
  for (const char* step : {"clone", "session.exec"}) {
    Spec spec = hardened();
    spec.unsafe = true;
    spec.skipped_steps = {step};
    const Result<Plan> plan = compile(std::move(spec), root_host());
    ASSERT_FALSE(plan) << step;
    EXPECT_EQ(ErrorKind::kUsage, plan.error().kind);
  }
}

TEST(Compile, AnUnknownSkippedStepIsAUsageError) {
  Spec spec = hardened();
  spec.unsafe = true;
  spec.skipped_steps = {"no.such"};
  const Result<Plan> plan = compile(std::move(spec), root_host());
  ASSERT_FALSE(plan);
  EXPECT_EQ(ErrorKind::kUsage, plan.error().kind);
}

TEST(Compile, SabotageNeedsUnsafe) {
  Spec spec = hardened();
  spec.without = {Boundary::kSeccomp};
  const Result<Plan> plan = compile(std::move(spec), root_host());
  ASSERT_FALSE(plan);
  EXPECT_THAT(plan.error().message(), HasSubstr("--unsafe"));
}

TEST(Compile, EveryBoundaryCanBeTakenOut) {
  for (const std::string_view name : kBoundaryNames) {
    Spec spec = hardened();
    spec.unsafe = true;
    spec.without = {*boundary_named(name)};
    const Result<Plan> plan = compile(std::move(spec), root_host());
    EXPECT_TRUE(plan) << name << ": " << plan.error().message();
  }
}

TEST(Compile, AnUnprivilegedCallerWithoutCgroupsIsToldHowToGetThem) {
  Host host = root_host();
  host.privileged = false;
  host.may_map_ranges = false;
  host.uid = 65534;
  host.cgroups.v1.clear();
  host.cgroups.v2_mount.clear();
  host.cgroups.v2_controllers.clear();
  const Result<Plan> plan = compile(hardened(), host);
  ASSERT_FALSE(plan);
  EXPECT_THAT(plan.error().message(), HasSubstr("--prefer cgroup"));
}

// As systemd mounts them; a hierarchy of cpu alone would be a new one, which
// the kernel refuses to whoever is in a cgroup namespace.
TEST(Compile, ControllersMountedTogetherAreShownTogether) {
  Host host = root_host();
  host.cgroups.v2_mount.clear();
  host.cgroups.v2_controllers.clear();
  host.cgroups.v1 = {{"cpu", "/c/cpu,cpuacct"},
                     {"cpuacct", "/c/cpu,cpuacct"},
                     {"devices", "/c/devices"},
                     {"memory", "/c/memory"},
                     {"pids", "/c/pids"}};
  for (const auto& [name, place] : host.cgroups.v1) {
    host.cgroups.v1_own_path[name] = "/";
    host.cgroups.line_prefix[name] = "1:" + name + ":";
  }
  const Result<Plan> plan = compile(hardened(), host);
  ASSERT_TRUE(plan) << plan.error().message();
  std::string calls;
  for (const Step& step : plan->steps) {
    if (step.name != "rootfs.mount:/sys/fs/cgroup") continue;
    for (const std::string& call : step.calls) calls += call + "\n";
  }
  EXPECT_THAT(calls, HasSubstr("fsconfig(cpu)\nfsconfig(cpuacct)\n"
                               "fsconfig(FSCONFIG_CMD_CREATE)"));
  EXPECT_THAT(calls, HasSubstr("fsopen(cgroup)\nfsconfig(memory)\n"
                               "fsconfig(FSCONFIG_CMD_CREATE)"));
}

TEST(Compile, WhatIsPreferredIsWrittenDownWhenMissing) {
  Host host = root_host();
  host.cgroups.v1.clear();
  host.cgroups.v2_mount.clear();
  host.cgroups.v2_controllers.clear();
  Spec spec = hardened();
  spec.prefer.insert("cgroup");
  spec.prefer.insert("devices");
  const Result<Plan> plan = compile(std::move(spec), host);
  ASSERT_TRUE(plan) << plan.error().message();
  EXPECT_FALSE(plan->degradations.empty());
  EXPECT_FALSE(plan->cgroup);
}

TEST(Compile, TheCgroupAndTimeNamespacesAreEnteredByUnshare) {
  const Result<Plan> plan = compile(hardened(), root_host());
  ASSERT_TRUE(plan) << plan.error().message();
  EXPECT_EQ(0U, plan->clone_flags & CLONE_NEWCGROUP);
  EXPECT_NE(0U, plan->clone_flags & CLONE_NEWPID);
  EXPECT_LT(position(*plan, "cgroup.join"), position(*plan, "cgroupns.new"));
}

TEST(Compile, AKeyringThatAFilterKeepsIsNotLeftOutSilently) {
  Host host = root_host();
  host.keys = true;
  host.keyctl_error = ENOSYS;
  const Result<Plan> refused = compile(hardened(), host);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("session.keyring"));
  Spec spec = hardened();
  spec.prefer.insert("session.keyring");
  const Result<Plan> preferred = compile(std::move(spec), host);
  ASSERT_TRUE(preferred) << preferred.error().message();
  EXPECT_FALSE(has_step(*preferred, "session.keyring"));
  EXPECT_THAT(preferred->degradations,
              Contains(Field(&Degradation::feature, "session.keyring")));
}

TEST(Compile, AKernelWithoutKeysHasNoneToInherit) {
  Host host = root_host();
  host.keys = false;
  host.keyctl_error = ENOSYS;
  const Result<Plan> plan = compile(hardened(), host);
  ASSERT_TRUE(plan) << plan.error().message();
  EXPECT_FALSE(has_step(*plan, "session.keyring"));
}

TEST(Compile, AKeyringIsJoinedOrNothingStarts) {
  Host host = root_host();
  host.keys = true;
  host.keyctl_error = 0;
  const Result<Plan> plan = compile(hardened(), host);
  ASSERT_TRUE(plan) << plan.error().message();
  EXPECT_EQ(0, plan->child[position(*plan, "session.keyring")].tolerated[0]);
}

TEST(Compile, AMaskForEachOfFiveHundredProcessorsFits) {
  Spec spec = hardened();
  for (int i = 0; i < 512; ++i) {
    spec.masked_paths.push_back("/sys/devices/system/cpu/cpu" +
                                std::to_string(i) + "/power");
  }
  const Result<Plan> plan = compile(std::move(spec), root_host());
  EXPECT_TRUE(plan) << plan.error().message();
}

TEST(ShellWord, QuotesWhatAShellWouldRead) {
  EXPECT_EQ("plain-1.2/x", shell_word("plain-1.2/x"));
  EXPECT_EQ("'a b'", shell_word("a b"));
  EXPECT_EQ("'it'\\''s'", shell_word("it's"));
  EXPECT_EQ("''", shell_word(""));
}

TEST(Compile, AJoinedUserNamespaceDoesNotOwnWhatIsNew) {
  Spec spec = hardened();
  spec.ns(NamespaceKind::kUser) = {NamespaceMode::kJoin, "/proc/self/ns/user"};
  spec.uid_mappings.clear();
  spec.gid_mappings.clear();
  const Result<Plan> refused = compile(spec, root_host());
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(),
              HasSubstr("userns: /proc/self/ns/user cannot be joined beside a "
                        "new mount namespace"));
}

}  // namespace
}  // namespace bulkhead
