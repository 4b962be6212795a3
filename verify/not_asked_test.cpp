#include "verify/not_asked.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/spec/oci.h"
#include "runtime/spec/presets.h"

namespace bulkhead::verify::not_asked_test {
namespace {

using enum Boundary;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

std::vector<Boundary> lacking(const Spec& spec) {
  std::vector<Boundary> boundaries;
  for (const auto& [boundary, words] : not_asked(spec)) {
    boundaries.push_back(boundary);
  }
  return boundaries;
}

/// The preset, as it comes back out of a bundle.
Spec hardened() {
  Spec spec = make_preset(Preset::kHardened);
  spec.process.argv = {"sh"};
  spec.rootfs.path = "/srv";
  return parse_oci(emit_oci(spec), "/").value();
}

TEST(NotAsked, TheHardenedPresetAsksForAllThatABundleHasWordsFor) {
  EXPECT_THAT(lacking(hardened()), ElementsAre(kLandlock, kLsm));
}

TEST(NotAsked, ThatNothingIsMaskedIsNoLackWhereNothingIsShown) {
  Spec spec = make_preset(Preset::kStrict);
  spec.process.argv = {"sh"};
  spec.rootfs.path = "/srv";
  spec = parse_oci(emit_oci(spec), "/").value();
  EXPECT_THAT(lacking(spec), ElementsAre(kLandlock, kLsm));
  Spec all = spec;
  for (Mount& mount : all.mounts) mount.subset_pid = false;
  EXPECT_THAT(not_asked(all).at(kRootfs), testing::HasSubstr("/proc/"));
  Spec with_sys = spec;
  for (const Mount& mount : hardened().mounts) {
    if (mount.kind == MountKind::kSysfs) with_sys.mounts.push_back(mount);
  }
  EXPECT_THAT(not_asked(with_sys).at(kRootfs), testing::HasSubstr("/sys/"));
}

TEST(NotAsked, AnEmptySpecAsksForNothingButWhatNobodyCanDecline) {
  EXPECT_EQ(lacking(Spec{}).size(), kBoundaryNames.size() - 2);
  const NotAsked lacks = not_asked(Spec{});
  EXPECT_FALSE(lacks.contains(kFds));
  EXPECT_FALSE(lacks.contains(kSession));
}

struct Case {
  const char* name;
  void (*spoil)(Spec& spec);
  Boundary boundary;
};

// clang-format off
const Case kCases[] = {
  {"HostPid", [](Spec& s) { s.ns(NamespaceKind::kPid) = {}; }, kPidns},
  {"JoinedNet", [](Spec& s) { s.ns(NamespaceKind::kNet) = {NamespaceMode::kJoin, "/x"}; }, kNetns},
  {"NoHostname", [](Spec& s) { s.hostname.reset(); }, kUtsns},
  {"NoDomain", [](Spec& s) { s.domainname.reset(); }, kUtsns},
  {"NoOffset", [](Spec& s) { s.boottime_offset.reset(); }, kTimens},
  {"RootMapped", [](Spec& s) { s.gid_mappings = {{0, 0, 1}}; }, kUserns},
  {"WritableRoot", [](Spec& s) { s.rootfs.read_only = false; }, kRootfs},
  {"AMaskLess", [](Spec& s) { s.masked_paths.pop_back(); }, kRootfs},
  {"ACoverLess", [](Spec& s) { s.readonly_paths.pop_back(); }, kRootfs},
  {"ABind", [](Spec& s) { s.mounts.push_back({.destination = "/a", .source = "/a", .noexec = true}); }, kRootfs},
  {"WritableSysfs", [](Spec& s) { for (Mount& m : s.mounts) m.read_only = false; }, kRootfs},
  {"ANode", [](Spec& s) { s.devices.push_back({.path = "/dev/fuse", .major = 10, .minor = 229}); }, kDevices},
  {"NoDenial", [](Spec& s) { s.resources.devices.erase(s.resources.devices.begin()); }, kDevices},
  {"ARule", [](Spec& s) { s.resources.devices.push_back({.allow = true}); }, kDevices},
  {"NoMemory", [](Spec& s) { s.resources.memory_max_bytes.reset(); }, kCgroup},
  {"NoPids", [](Spec& s) { s.resources.pids_max.reset(); }, kCgroup},
  {"ACapability", [](Spec& s) { s.process.capabilities->bounding = 1; }, kCapabilities},
  {"AllCapabilities", [](Spec& s) { s.process.capabilities.reset(); }, kCapabilities},
  {"NewPrivileges", [](Spec& s) { s.process.no_new_privs = false; }, kNoNewPrivs},
  {"NoFilter", [](Spec& s) { s.seccomp.reset(); }, kSeccomp},
  {"OneCallMore", [](Spec& s) { s.seccomp->rules.push_back({{"kcmp"}, SeccompAction::kAllow, {}, {}}); }, kSeccomp},
  {"ARlimitLess", [](Spec& s) { std::erase_if(s.process.rlimits, [](const Rlimit& r) { return r.resource == RLIMIT_CORE; }); }, kRlimits},
};
// clang-format on

TEST(NotAsked, NamesExactlyTheBoundaryThatIsWeaker) {
  for (const Case& one : kCases) {
    Spec spec = hardened();
    one.spoil(spec);
    EXPECT_THAT(lacking(spec),
                UnorderedElementsAre(one.boundary, kLandlock, kLsm))
        << one.name;
  }
}

TEST(NotAsked, OfAProbeSaysOnlyWhatItWatches) {
  Spec spec = hardened();
  spec.seccomp.reset();
  spec.process.no_new_privs = false;
  const NotAsked lacks = not_asked(spec);
  EXPECT_EQ(not_asked_of(lacks, {.watches = {"seccomp", "pidns"}}),
            "seccomp (no filter)");
  EXPECT_EQ(not_asked_of(lacks, {.watches = {"pidns"}}), "");
}

TEST(NotAsked, AFactThatTheConfigDoesNotSetIsNotAskedForAndOneThatItSetsIs) {
  const probes::Probe probe{.id = "cgroup/a", .watches = {"cgroup"}};
  const auto wants = probes::fact_missing("cpuset.cpus");
  EXPECT_EQ(fact_not_asked(wants, {}, probe), "cgroup (no cpuset.cpus)");
  // Asked for, but not so that it can be tried.
  EXPECT_EQ(fact_not_asked(wants, {{"cpuset.cpus", "0-1"}}, probe), "");
  EXPECT_EQ(fact_not_asked(probes::broken("no"), {}, probe), "");
  EXPECT_EQ(fact_not_asked(std::nullopt, {}, probe), "");
}

TEST(NotAsked, TheProbesThatAreRelativeToTheSpecAreThese) {
  std::vector<std::string> ids;
  for (const probes::Probe& probe : probes::catalogue()) {
    if (probe.as_asked) ids.push_back(probe.id);
  }
  EXPECT_THAT(
      ids, ElementsAre(
               "capabilities/sets-exact", "capabilities/thread-sets",
               "cgroup/cpu-quota", "cgroup/cpuset-cpus", "cgroup/cpuset-mems",
               "cgroup/hugetlb", "cgroup/io-read-bps", "cgroup/limits-as-asked",
               "cgroup/pids-max", "cgroup/threads-count", "devices/pts-bounded",
               "lsm/label-applied", "netns/sysctl-exact", "rlimits/as",
               "rlimits/data", "rlimits/exact", "rlimits/fsize",
               "rlimits/nofile-enforced", "rlimits/stack",
               "rootfs/mask-genuine", "rootfs/masked-files",
               "rootfs/mount-flags", "rootfs/mount-table-closed",
               "rootfs/noexec-scratch", "rootfs/tmpfs-bounded",
               "seccomp/surface", "session/environment-clean",
               "session/groups-exact", "session/oom-score-exact",
               "session/uid-gid-exact", "session/umask-exact"));
}

}  // namespace
}  // namespace bulkhead::verify::not_asked_test
