#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "runtime/plan/compile.h"
#include "runtime/plan/test_plan.h"
#include "runtime/spec/presets.h"

namespace bulkhead {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::Not;

/// A host whose only hierarchy is v2, with these controllers.
Host unified_host(std::vector<std::string> controllers) {
  Host host = *probe_host();
  host.privileged = true;
  host.may_map_ranges = true;
  host.cgroups.v1.clear();
  host.cgroups.v2_mount = "/sys/fs/cgroup";
  host.cgroups.v2_controllers = std::move(controllers);
  host.cgroups.line_prefix[""] = "0::";
  return host;
}

std::vector<std::string> files_of(const Result<Plan>& plan) {
  std::vector<std::string> files;
  for (const CgroupWrite& write : plan->cgroup->writes) {
    files.push_back(write.file);
  }
  return files;
}

TEST(PlanCgroup, ACpusetIsReadBackAsWhatIsInForce) {
  Spec spec = hardened();
  spec.resources.cpuset_cpus = "0-1";
  const Host host = unified_host({"memory", "pids", "cpu", "cpuset"});
  const Result<Plan> plan = compile(spec, host);
  ASSERT_TRUE(plan) << plan.error().message();
  EXPECT_THAT(files_of(plan),
              IsSupersetOf({"cpuset.cpus", "cpuset.cpus.effective"}));
  spec.unsafe = true;
  spec.skipped_steps = {"cgroup.limit:cpuset.cpus"};
  const Result<Plan> skipped = compile(std::move(spec), host);
  ASSERT_TRUE(skipped) << skipped.error().message();
  EXPECT_THAT(files_of(skipped), Not(Contains(HasSubstr("cpuset"))));
}

std::vector<std::string> writes_of(const Result<Plan>& plan,
                                   const std::string& controller) {
  std::vector<std::string> lines;
  for (const std::string& enabled : plan->cgroup->enable_controllers) {
    lines.push_back("+" + enabled);
  }
  for (const CgroupWrite& write : plan->cgroup->writes) {
    if (!write.file.starts_with(controller)) continue;
    lines.push_back(write.file + " < " + write.value + " > " + write.expected);
  }
  return lines;
}

TEST(PlanCgroup, LimitsOfDisksAreComparedOnceAllAreWritten) {
  Spec spec = hardened();
  spec.resources = {.io = {{IoKind::kReadBytes, 8, 0, 5},
                           {IoKind::kWriteOperations, 8, 0, 6},
                           {IoKind::kReadBytes, 9, 1, 7}}};
  const std::string zero = "8:0 rbps=5 wbps=max riops=max wiops=6";
  const std::string one = "9:1 rbps=7 wbps=max riops=max wiops=max";
  const Result<Plan> v2 = compile(spec, unified_host({"io"}));
  ASSERT_TRUE(v2) << v2.error().message();
  EXPECT_THAT(
      writes_of(v2, "io"),
      ElementsAre("+io", "io.max < " + zero + " > ",
                  "io.max < " + one + " > " + zero + "\n" + one + "\n"));
  Host host = unified_host({});
  host.cgroups.v2_mount.clear();
  host.cgroups.v1["blkio"] = "/sys/fs/cgroup/blkio";
  host.cgroups.line_prefix["blkio"] = "7:blkio:";
  const Result<Plan> v1 = compile(spec, host);
  ASSERT_TRUE(v1) << v1.error().message();
  const std::string reads = "blkio.throttle.read_bps_device < ";
  EXPECT_THAT(
      writes_of(v1, "blkio"),
      ElementsAre(reads + "8:0 5 > ", reads + "9:1 7 > 8:0 5\n9:1 7\n",
                  "blkio.throttle.write_iops_device < 8:0 6 > 8:0 6\n"));
}

TEST(PlanCgroup, HugePagesAreCountedWhenTheyAreReservedToo) {
  Spec spec = hardened();
  spec.resources = {.hugepages = {{"2MB", (4 << 20) + 1}}};
  const Result<Plan> plan = compile(std::move(spec), unified_host({"hugetlb"}));
  ASSERT_TRUE(plan) << plan.error().message();
  EXPECT_THAT(writes_of(plan, "hugetlb"),
              ElementsAre("+hugetlb", "hugetlb.2MB.max < 4194304 > 4194304",
                          "hugetlb.2MB.rsvd.max < 4194304 > 4194304"));
  EXPECT_EQ(1, std::ranges::count_if(plan->steps, [](const Step& step) {
              return step.name.starts_with("cgroup.limit:hugetlb");
            }));
}

TEST(PlanCgroup, AChildThatMayRunOutOfMemorySharesNone) {
  const auto shares = [](std::int64_t limit, std::size_t masks,
                         std::size_t word) {
    Spec spec = hardened();
    spec.without = {Boundary::kTimens};  // before 6.3 it shares none either
    spec.unsafe = true;
    spec.resources.memory_max_bytes = limit;
    for (std::size_t i = 0; i < masks; ++i) {
      spec.masked_paths.push_back("/proc/" + std::to_string(i));
    }
    spec.process.argv.emplace_back(word, 'x');
    const Result<Plan> plan =
        compile(std::move(spec), unified_host({"memory", "pids", "cpu"}));
    EXPECT_TRUE(plan) << plan.error().message();
    return plan && plan->share_memory;
  };
  EXPECT_TRUE(shares(8 << 20, 0, 1));
  EXPECT_FALSE(shares(1 << 20, 0, 1));
  EXPECT_FALSE(shares(8 << 20, 500, 1));
  EXPECT_TRUE(shares(16 << 20, 500, 1));
  EXPECT_FALSE(shares(8 << 20, 0, 8 << 20));
}

TEST(PlanCgroup, AMissingControllerThatMayBeMissingTakesNoOtherAlong) {
  Spec spec = hardened();
  spec.resources.cpuset_cpus = "0";
  const Host host = unified_host({"memory", "pids", "cpu"});
  const Result<Plan> refused = compile(spec, host);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(),
              AllOf(HasSubstr("controller cpuset"),
                    HasSubstr("--prefer cgroup.cpuset.cpus")));
  spec.prefer.insert("cgroup.cpuset.cpus");
  const Result<Plan> plan = compile(std::move(spec), host);
  ASSERT_TRUE(plan) << plan.error().message();
  EXPECT_THAT(files_of(plan), Contains("memory.max"));
  EXPECT_THAT(files_of(plan), Not(Contains(HasSubstr("cpuset"))));
  // What else this kernel lacks stands there, too.
  std::vector<std::string> lacks;
  for (const Degradation& one : plan->degradations) {
    if (one.feature.starts_with("cgroup")) lacks.push_back(one.feature);
  }
  EXPECT_THAT(lacks, ElementsAre("cgroup.cpuset.cpus"));
}

}  // namespace
}  // namespace bulkhead
