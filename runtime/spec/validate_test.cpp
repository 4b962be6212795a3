#include "runtime/spec/validate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "runtime/spec/presets.h"

namespace bulkhead {
namespace {

using testing::ElementsAre;

Spec good() {
  Spec spec = make_preset(Preset::kHardened);
  spec.process.argv = {"/bin/sh"};
  spec.rootfs.path = "/srv/rootfs";
  return spec;
}

std::vector<std::string> pointers_of(const Spec& spec) {
  std::vector<std::string> pointers;
  for (const Complaint& complaint : validate(spec)) {
    EXPECT_FALSE(complaint.text.empty());
    pointers.push_back(complaint.pointer);
  }
  return pointers;
}

struct Case {
  std::string name;
  std::function<void(Spec&)> spoil;
  std::vector<std::string> pointers;
};

// clang-format off
const std::vector<Case>& cases() {
  using enum NamespaceKind;
  static const std::vector<Case> all = {
    {"EmptyArgv", [](Spec& s) { s.process.argv.clear(); }, {"/process/args"}},
    {"EmptyProgram", [](Spec& s) { s.process.argv = {""}; }, {"/process/args"}},
    {"NulInArgv", [](Spec& s) { s.process.argv = {"a", std::string("b\0c", 3)}; }, {"/process/args/1"}},
    {"RelativeCwd", [](Spec& s) { s.process.cwd = "a"; }, {"/process/cwd"}},
    {"DotDotCwd", [](Spec& s) { s.process.cwd = "/a/.."; }, {"/process/cwd"}},
    {"EmptyRootfs", [](Spec& s) { s.rootfs.path.clear(); }, {"/root/path"}},
    {"RelativeMount", [](Spec& s) { s.mounts[0].destination = "proc"; }, {"/mounts/0/destination"}},
    {"DotDotMount", [](Spec& s) { s.mounts[1].destination = "/../proc"; }, {"/mounts/1/destination"}},
    {"MountOnRoot", [](Spec& s) { s.mounts[0].destination = "//."; }, {"/mounts/0/destination"}},
    {"BindWithoutSource", [](Spec& s) { s.mounts = {{.destination = "/a"}}; }, {"/mounts/0/source"}},
    {"NoMappings", [](Spec& s) { s.uid_mappings.clear(); s.gid_mappings.clear(); }, {"/linux/uidMappings", "/linux/gidMappings"}},
    {"EmptyMapping", [](Spec& s) { s.uid_mappings.push_back({70000, 1, 0}); }, {"/linux/uidMappings/1/size"}},
    {"OverflowingMapping", [](Spec& s) { s.uid_mappings.push_back({0xffffffff, 0xfffffff0, 0x10}); }, {"/linux/uidMappings/1/containerID", "/linux/uidMappings/1/hostID"}},
    {"OverlappingInside", [](Spec& s) { s.gid_mappings.push_back({65535, 0, 1}); }, {"/linux/gidMappings/1/containerID"}},
    {"OverlappingOutside", [](Spec& s) { s.gid_mappings.push_back({65536, kContainerIdBase, 1}); }, {"/linux/gidMappings/1/hostID"}},
    {"MappingsWithoutUserns", [](Spec& s) { s.ns(kUser) = {}; }, {"/linux/uidMappings", "/linux/gidMappings"}},
    {"UnmappedUser", [](Spec& s) { s.process.uid = 65536; s.process.additional_gids = {1, 70000}; }, {"/process/user/uid", "/process/user/additionalGids/1"}},
    {"NoId", [](Spec& s) { s.process.gid = 0xffffffff; }, {"/process/user/gid"}},
    {"NamesWithoutUtsns", [](Spec& s) { s.ns(kUts) = {}; }, {"/hostname", "/domainname"}},
    {"LongHostname", [](Spec& s) { s.hostname = std::string(65, 'a'); }, {"/hostname"}},
    {"OffsetsWithoutTimens", [](Spec& s) { s.ns(kTime) = {}; }, {"/linux/timeOffsets/monotonic", "/linux/timeOffsets/boottime"}},
    {"LongNanoseconds", [](Spec& s) { s.boottime_offset->nanoseconds = 1000000000; }, {"/linux/timeOffsets/boottime/nanosecs"}},
    {"RelativeJoin", [](Spec& s) { s.ns(kNet) = {NamespaceMode::kJoin, "x"}; }, {"/linux/namespaces"}},
    {"PathWithoutJoin", [](Spec& s) { s.ns(kNet).path = "/x"; }, {"/linux/namespaces"}},
    {"MountsWithoutMountns", [](Spec& s) { s.ns(kMount) = {}; }, {"/root/path", "/root/readonly", "/mounts", "/linux/maskedPaths", "/linux/readonlyPaths", "/linux/devices"}},
    {"HostSysctl", [](Spec& s) { s.sysctls = {{"kernel.panic", "1"}}; }, {"/linux/sysctl/kernel.panic"}},
    {"HostnameSysctl", [](Spec& s) { s.sysctls = {{"kernel.hostname", "x"}, {"kernel.domainname", "x"}}; }, {"/linux/sysctl/kernel.hostname", "/linux/sysctl/kernel.domainname"}},
    {"SlashSysctl", [](Spec& s) { s.sysctls = {{"net/../kernel/panic", "1"}}; }, {"/linux/sysctl"}},
    {"DottedSysctl", [](Spec& s) { s.sysctls = {{"net...kernel.panic", "1"}}; }, {"/linux/sysctl"}},
    {"NetSysctlOfHost", [](Spec& s) { s.ns(kNet) = {}; s.sysctls = {{"net.ipv4.ip_forward", "1"}}; }, {"/linux/sysctl/net.ipv4.ip_forward"}},
    {"IpcSysctlOfHost", [](Spec& s) { s.ns(kIpc) = {}; s.sysctls = {{"kernel.shmmax", "1"}, {"fs.mqueue.msg_max", "1"}}; }, {"/linux/sysctl/kernel.shmmax", "/linux/sysctl/fs.mqueue.msg_max"}},
    {"AmbientNotInheritable", [](Spec& s) { s.process.capabilities = Capabilities{1, 1, 1, 0, 1}; }, {"/process/capabilities/ambient"}},
    {"AmbientNotPermitted", [](Spec& s) { s.process.capabilities = Capabilities{1, 0, 0, 1, 1}; }, {"/process/capabilities/ambient"}},
    {"EffectiveNotPermitted", [](Spec& s) { s.process.capabilities = Capabilities{3, 2, 1, 0, 0}; }, {"/process/capabilities/effective"}},
    {"PermittedNotBounding", [](Spec& s) { s.process.capabilities = Capabilities{1, 1, 3, 0, 0}; }, {"/process/capabilities/permitted"}},
    {"NoPids", [](Spec& s) { s.resources.pids_max = 0; }, {"/linux/resources/pids/limit"}},
    {"NegativePids", [](Spec& s) { s.resources.pids_max = -1; }, {"/linux/resources/pids/limit"}},
    {"LittleMemory", [](Spec& s) { s.resources.memory_max_bytes = 262143; }, {"/linux/resources/memory/limit"}},
    {"NegativeSwap", [](Spec& s) { s.resources.swap_max_bytes = -1; }, {"/linux/resources/memory/swap"}},
    {"LittleQuota", [](Spec& s) { s.resources.cpu_quota_us = 999; }, {"/linux/resources/cpu/quota"}},
    {"ShortPeriod", [](Spec& s) { s.resources.cpu_period_us = 999; }, {"/linux/resources/cpu/period"}},
    {"LongPeriod", [](Spec& s) { s.resources.cpu_period_us = 1000001; }, {"/linux/resources/cpu/period"}},
    {"NoWeight", [](Spec& s) { s.resources.cpu_weight = 0; }, {"/linux/resources/cpu/shares"}},
    {"MuchWeight", [](Spec& s) { s.resources.cpu_weight = 10001; }, {"/linux/resources/cpu/shares"}},
    {"NoCpuList", [](Spec& s) { s.resources.cpuset_cpus = "3-1"; s.resources.cpuset_mems = "1024"; }, {"/linux/resources/cpu/cpus", "/linux/resources/cpu/mems"}},
    {"NoIo", [](Spec& s) { s.resources.io = {{IoKind::kWriteBytes, 8, 0, 0}, {IoKind::kReadBytes, 8, 0, 1}, {IoKind::kReadBytes, 8, 0, 2}}; }, {"/linux/resources/blockIO/throttleWriteBpsDevice", "/linux/resources/blockIO/throttleReadBpsDevice"}},
    {"NoHugepage", [](Spec& s) { s.resources.hugepages = {{"2M", 0}, {"2MB", 0}, {"2MB", 1}}; }, {"/linux/resources/hugepageLimits", "/linux/resources/hugepageLimits"}},
    {"SoftAboveHard", [](Spec& s) { s.process.rlimits = {{RLIMIT_CPU, 2, 1}}; }, {"/process/rlimits/0/soft"}},
    {"RlimitTwice", [](Spec& s) { s.process.rlimits = {{RLIMIT_CPU, 1, 1}, {RLIMIT_CPU, 1, 1}}; }, {"/process/rlimits/1/type"}},
    {"UnknownRlimit", [](Spec& s) { s.process.rlimits = {{99, 1, 1}}; }, {"/process/rlimits/0/type"}},
    {"WithoutUnsafe", [](Spec& s) { s.without = {Boundary::kSeccomp}; }, {"/without"}},
    {"SkipUnsafe", [](Spec& s) { s.skipped_steps = {"x"}; }, {"/skip"}},
    {"EnvWithoutEquals", [](Spec& s) { s.process.environment = {"A=", "B", "=C"}; }, {"/process/env/1", "/process/env/2"}},
    {"NulInEnv", [](Spec& s) { s.process.environment = {std::string("A=\0", 3)}; }, {"/process/env/0"}},
    {"DotDotCgroup", [](Spec& s) { s.cgroups_path = "a/../.."; }, {"/linux/cgroupsPath"}},
    {"MaskedRoot", [](Spec& s) { s.masked_paths = {"/."}; }, {"/linux/maskedPaths/0"}},
    {"ReadOnlyPathRoot", [](Spec& s) { s.readonly_paths = {"/a", "/"}; }, {"/linux/readonlyPaths/1"}},
    {"RelativeMask", [](Spec& s) { s.masked_paths = {"/a", "b"}; }, {"/linux/maskedPaths/1"}},
    {"RelativeReadonly", [](Spec& s) { s.readonly_paths = {"b"}; }, {"/linux/readonlyPaths/0"}},
    {"LargeErrno", [](Spec& s) { s.seccomp->default_errno_return = 4096; s.seccomp->rules = {{{"a"}, SeccompAction::kErrno, 4096, {}}}; }, {"/linux/seccomp/defaultErrnoRet", "/linux/seccomp/syscalls/0/errnoRet"}},
    {"RuleWithoutNames", [](Spec& s) { s.seccomp->rules = {{}}; }, {"/linux/seccomp/syscalls/0/names"}},
    {"ArgumentTwice", [](Spec& s) { s.seccomp->rules = {{{"a"}, SeccompAction::kAllow, {}, {{1}, {1}}}}; }, {"/linux/seccomp/syscalls/0/args/1"}},
    {"SeventhArgument", [](Spec& s) { s.seccomp->rules = {{{"a"}, SeccompAction::kAllow, {}, {{6}}}}; }, {"/linux/seccomp/syscalls/0/args/0/index"}},
    {"DeviceElsewhere", [](Spec& s) { s.devices = {{.path = "/etc/x"}, {.path = "/dev"}, {.path = "/device"}}; }, {"/linux/devices/0/path", "/linux/devices/1/path", "/linux/devices/2/path"}},
    {"IdmapWithoutUserns", [](Spec& s) { s.ns(kUser) = {}; s.uid_mappings = {}; s.gid_mappings = {}; s.mounts = {{.destination = "/a", .source = "/a", .idmap = true}}; }, {"/mounts/0/options"}},
    {"LargeUmask", [](Spec& s) { s.process.umask = 01000; }, {"/process/user/umask"}},
    {"OomScore", [](Spec& s) { s.process.oom_score_adj = 1001; }, {"/process/oomScoreAdj"}},
  };
  return all;
}
// clang-format on

class Validate : public testing::TestWithParam<Case> {};

TEST_P(Validate, ComplainsAboutExactlyThat) {
  Spec spec = good();
  GetParam().spoil(spec);
  EXPECT_EQ(pointers_of(spec), GetParam().pointers);
}

INSTANTIATE_TEST_SUITE_P(Rules, Validate, testing::ValuesIn(cases()),
                         [](const auto& one) { return one.param.name; });

TEST(ValidateAll, TakesTheEdges) {
  Spec spec = good();
  spec.hostname = std::string(64, 'a');
  spec.resources.pids_max = 1;
  spec.resources.memory_max_bytes = 262144;
  spec.resources.cpu_quota_us = 1000;
  spec.resources.cpu_period_us = 1000000;
  spec.resources.cpu_weight = 10000;
  spec.resources.cpuset_cpus = "8191";
  spec.resources.cpuset_mems = "0,1023";
  spec.uid_mappings = {{0, 0, 0xffffffff}};
  spec.process.oom_score_adj = 1000;
  spec.process.no_new_privs = false;  // With seccomp: needs CAP_SYS_ADMIN only.
  spec.sysctls = {{"net.ipv4.ip_forward", "1"}, {"kernel.sem", "1 1 1 1"}};
  spec.without = {Boundary::kSeccomp};
  spec.unsafe = true;
  EXPECT_THAT(pointers_of(spec), ElementsAre());
}

TEST(ValidateAll, CollectsEverythingAtOnce) {
  Spec spec = good();
  std::size_t expected = 0;
  for (const char* name : {"EmptyArgv", "RelativeCwd", "LongHostname", "NoPids",
                           "DotDotCgroup", "SkipUnsafe", "HostSysctl"}) {
    for (const Case& one : cases()) {
      if (one.name == name) one.spoil(spec);
    }
    ++expected;
  }
  EXPECT_EQ(validate(spec).size(), expected);
}

TEST(ValidateId, TakesNamesAndRefusesTheRest) {
  for (const char* id : {"a", "A-1_b.c+d", "...", ".a", "+"}) {
    EXPECT_TRUE(validate_id(id)) << id;
  }
  EXPECT_TRUE(validate_id(std::string(128, 'a')));
  for (const char* id : {"", ".", "..", "-a", "a/b", "../a", "a b", "a\n", "é",
                         "a:b", "~", "*"}) {
    EXPECT_FALSE(validate_id(id)) << id;
  }
  EXPECT_FALSE(validate_id(std::string(129, 'a')));
  EXPECT_FALSE(validate_id(std::string_view("a\0b", 3)));
  EXPECT_EQ(validate_id("..").error().kind, ErrorKind::kUsage);
}

}  // namespace
}  // namespace bulkhead
