#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/plan/compile.h"
#include "runtime/spec/presets.h"

namespace bulkhead {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::Not;

Spec hardened() {
  Spec spec = make_preset(Preset::kHardened);
  spec.rootfs.path = "/tmp";
  spec.process.argv = {"true"};
  spec.cgroups_path = "bulkhead.compile-test";
  return spec;
}

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
  ASSERT_EQ(1U, plan->degradations.size());
  EXPECT_EQ("cgroup.cpuset.cpus", plan->degradations[0].feature);
}

}  // namespace
}  // namespace bulkhead
