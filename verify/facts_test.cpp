#include "verify/facts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <utility>

#include "runtime/spec/validate.h"

namespace bulkhead::verify::facts_test {
namespace {

const std::string kNonce = "0123456789abcdef0123456789abcdef";

Spec asked_for() {
  Spec spec = tested_spec(kNonce, BoxFacts{.cgroups = "none"});
  spec.rootfs.path = "/srv/rootfs";
  spec.process.argv = {"/bin/bulkhead-probe"};
  return spec;
}

TEST(SpecUnderTest, IsValid) {
  for (const Complaint& complaint : validate(asked_for())) {
    ADD_FAILURE() << to_string(complaint);
  }
}

TEST(SpecUnderTest, BindsADirectoryOfTheRunReadOnlyWithAllBelow) {
  const Spec spec = asked_for();
  const auto bind =
      std::ranges::find(spec.mounts, kBindDestination, &Mount::destination);
  ASSERT_NE(bind, spec.mounts.end());
  EXPECT_EQ(bind->source, bind_source(kNonce));
  EXPECT_TRUE(bind->source.starts_with(run_directory(kNonce) + "/"));
  EXPECT_TRUE(bind->read_only && bind->recursive && bind->nosuid &&
              bind->nodev);
}

/// A directory that stands for the box's cgroups, its files these.
class BoxOf {
 public:
  explicit BoxOf(const std::map<std::string, std::string>& files) {
    EXPECT_NE(mkdtemp(path_.data()), nullptr);
    for (const auto& [name, text] : files) {
      std::ofstream(path_ + "/" + name) << text << "\n";
    }
  }
  BoxOf(const BoxOf&) = delete;
  BoxOf& operator=(const BoxOf&) = delete;
  ~BoxOf() { std::filesystem::remove_all(path_); }
  [[nodiscard]] BoxFacts facts() const {
    return {.cgroups = "v1", .cgroup_roots = {"/", path_}};
  }

 private:
  std::string path_ = testing::TempDir() + "bulkhead.XXXXXX";
};

TEST(SpecUnderTest, LeavesTheFirstCpuAndNodeOutWhereThereAreMore) {
  const std::pair<const char*, const char*> cases[] = {
      {"0-1", "1"},     {"0", ""},    {"0-7", "1-7"}, {"2,5-6", "5-6"},
      {"3-4,9", "4,9"}, {"0,2", "2"}, {"", ""}};
  for (const auto& [has, asked] : cases) {
    const BoxOf v1({{"cpuset.cpus", has}, {"cpuset.mems", has}});
    const Resources limits = tested_spec(kNonce, v1.facts()).resources;
    EXPECT_EQ(limits.cpuset_cpus, asked) << has;
    EXPECT_EQ(limits.cpuset_mems, asked) << has;
    const BoxOf v2({{"cpuset.cpus", ""}, {"cpuset.cpus.effective", has}});
    EXPECT_EQ(tested_spec(kNonce, v2.facts()).resources.cpuset_cpus, asked)
        << has;
  }
  EXPECT_EQ(asked_for().resources.cpuset_cpus, "");
}

TEST(Facts, SayWhichCpusAndNodes) {
  Spec spec;
  spec.resources.cpuset_cpus = "1-3";
  spec.resources.cpuset_mems = "0";
  probes::Facts facts = facts_of(spec, "");
  EXPECT_EQ(facts["cpuset.cpus"], "1-3");
  EXPECT_EQ(facts["cpuset.mems"], "0");
}

TEST(Facts, SayWhichDisksAndPages) {
  Spec spec;
  spec.resources.io = {{IoKind::kReadBytes, 8, 0, 5},
                       {IoKind::kWriteBytes, 8, 0, 6},
                       {IoKind::kReadBytes, 8, 16, 7}};
  spec.resources.hugepages = {{"2MB", 0}, {"1GB", 1 << 30}};
  probes::Facts facts = facts_of(spec, "");
  EXPECT_EQ(facts["io.read_bps"], "8:0 5;8:16 7;");
  EXPECT_EQ(facts["hugetlb"], "2097152 0;1073741824 1073741824;");
}

TEST(Facts, SayWhatIsBoundAndSetAndBounded) {
  probes::Facts facts = facts_of(asked_for(), "");
  EXPECT_EQ(facts["bind.destination"], kBindDestination);
  EXPECT_EQ(facts["bind.source"], bind_source(kNonce));
  EXPECT_EQ(facts["sysctls"], "net.ipv4.ip_default_ttl=63");
  EXPECT_EQ(facts["pty.max"], "64");
  EXPECT_NE(facts["mounts"].find("/mnt:bind:ro,nosuid,nodev"),
            std::string::npos);
}

TEST(SpecUnderTest, AsksForWhatNoRuntimeDoesByItself) {
  const Process process = asked_for().process;
  EXPECT_NE(process.cwd, "/");
  EXPECT_NE(process.gid, 0U);
  EXPECT_FALSE(process.additional_gids.empty());
  EXPECT_EQ(process.umask, 027U);
  EXPECT_GT(process.environment.size(), 2U);
}

TEST(SpecUnderTest, HasOneIdOnlyWhereThereIsOneOnly) {
  const Spec spec =
      tested_spec(kNonce, BoxFacts{.user_namespace = true, .cgroups = "none"});
  EXPECT_EQ(spec.process.gid, 0U);
  EXPECT_TRUE(spec.process.additional_gids.empty());
}

TEST(Facts, SayWhoAndWhereAndWithWhat) {
  probes::Facts facts = facts_of(asked_for(), "");
  EXPECT_EQ(facts["cwd"], "/fixtures");
  EXPECT_EQ(facts["groups"], "20");
  EXPECT_NE(facts["env"].find("\nBULKHEAD_GIVEN= a=b  c"), std::string::npos);
  EXPECT_NE(facts["tmpfs"].find("/dev 67108864 -;"), std::string::npos);
}

TEST(Facts, SayNothingOfWhatIsNotAskedFor) {
  const probes::Facts facts = facts_of(Spec{}, "");
  for (const char* name :
       {"bind.source", "bind.destination", "pty.max", "cpuset.cpus",
        "cpuset.mems", "io.read_bps", "hugetlb"}) {
    EXPECT_FALSE(facts.contains(name)) << name;
  }
  EXPECT_EQ(facts.at("sysctls"), "");
}

}  // namespace
}  // namespace bulkhead::verify::facts_test
