#include "runtime/spec/flags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>

#include "runtime/spec/names.h"
#include "runtime/spec/presets.h"
#include "runtime/spec/seccomp_profile.h"
#include "runtime/spec/validate.h"

namespace bulkhead {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// As the program reads what is written in the plain way.
Result<Spec> from(const std::vector<std::string>& arguments) {
  const std::vector<std::string_view> words(arguments.begin(), arguments.end());
  SpecFlags flags;
  EXPECT_TRUE(read_plain_flags(words, flags)) << arguments.front();
  return spec_from_flags(flags);
}

Spec spec_of(std::vector<std::string> arguments) {
  const auto spec = from(arguments);
  if (!spec) ADD_FAILURE() << spec.error().message();
  return spec.value_or(Spec{});
}

/// The error, which must be one of usage.
std::string error_of(std::vector<std::string> arguments) {
  const auto spec = from(arguments);
  if (spec) return "no error";
  EXPECT_EQ(spec.error().kind, ErrorKind::kUsage) << spec.error().what;
  return spec.error().message();
}

std::vector<Complaint> complaints_of(std::vector<std::string> arguments) {
  arguments.insert(arguments.end(), {"--", "sh"});
  return validate(spec_of(std::move(arguments)));
}

TEST(SpecFlags, BeginWithTheHardenedPreset) {
  const Spec spec = spec_of({"--rootfs", "/srv/r", "--", "sh", "-c", "--rw"});
  Spec expected = make_preset(Preset::kHardened);
  expected.rootfs.path = "/srv/r";
  expected.process.argv = {"sh", "-c", "--rw"};
  EXPECT_EQ(spec, expected);
  EXPECT_TRUE(validate(spec).empty());
}

TEST(SpecFlags, NeverMapTheIdsOfTheHostRoot) {
  EXPECT_FALSE(spec_of({"--", "sh"}).rootfs.idmap);
  EXPECT_FALSE(spec_of({"--rootfs", "//", "--", "sh"}).rootfs.idmap);
  EXPECT_EQ(spec_of({}).rootfs.path, "/");
  EXPECT_TRUE(spec_of({"--rootfs", "/srv"}).rootfs.idmap);
}

TEST(SpecFlags, OfEachPresetAreValid) {
  for (const char* preset : {"hardened", "oci", "strict", "none"}) {
    EXPECT_TRUE(complaints_of({"--preset", preset}).empty()) << preset;
  }
  EXPECT_THAT(error_of({"--preset", "soft"}), HasSubstr("hardened, oci"));
}

TEST(SpecFlags, BindReadOnlyUnlessToldOtherwise) {
  const Spec spec = spec_of({"--bind", "/a:/b", "--bind", "/c:/d:rw,rec,noexec",
                             "--bind", ".:/e:suid,dev,idmap", "--", "sh"});
  ASSERT_EQ(spec.mounts.size(), 11U);
  const Mount& plain = spec.mounts[8];
  EXPECT_EQ(plain.source, "/a");
  EXPECT_EQ(plain.destination, "/b");
  EXPECT_TRUE(plain.read_only && plain.nosuid && plain.nodev);
  EXPECT_FALSE(plain.recursive || plain.noexec);
  const Mount& open = spec.mounts[9];
  EXPECT_FALSE(open.read_only);
  EXPECT_TRUE(open.recursive && open.noexec && open.nosuid);
  const Mount& here = spec.mounts[10];
  EXPECT_TRUE(here.source.starts_with("/"));
  EXPECT_TRUE(here.idmap);
  EXPECT_FALSE(here.nosuid || here.nodev);
  EXPECT_THAT(spec.process.argv, ElementsAre("sh"));
}

TEST(SpecFlags, ReplaceTheTmpfsOfThePreset) {
  const Spec spec =
      spec_of({"--tmpfs", "/tmp/:size=1G,inodes=7,mode=700,exec"});
  ASSERT_EQ(spec.mounts.size(), 8U);
  const Mount& tmp = spec.mounts[6];
  EXPECT_EQ(tmp.destination, "/tmp");
  EXPECT_EQ(tmp.size_bytes, 1ULL << 30);
  EXPECT_EQ(tmp.inodes, 7U);
  EXPECT_EQ(tmp.mode, 0700U);
  EXPECT_FALSE(tmp.noexec);
  EXPECT_TRUE(tmp.nosuid && tmp.nodev);
}

TEST(SpecFlags, SetTheProcess) {
  const Spec spec = spec_of({"--env",
                             "A=1",
                             "--env",
                             "HOME=/x",
                             "--env",
                             "A=2=3",
                             "--cwd",
                             "/w",
                             "--user",
                             "7:8",
                             "--group",
                             "9",
                             "--group",
                             "10",
                             "--umask",
                             "077",
                             "--rlimit",
                             "nofile=64:128",
                             "--rlimit",
                             "cpu=unlimited",
                             "--rlimit",
                             "memlock=1K",
                             "--no-new-privs",
                             "false",
                             "--",
                             "sh"});
  const Process& process = spec.process;
  EXPECT_THAT(process.environment, testing::Contains("A=2=3"));
  EXPECT_THAT(process.environment, testing::Contains("HOME=/x"));
  EXPECT_EQ(process.environment.size(), 3U);
  EXPECT_EQ(process.cwd, "/w");
  EXPECT_EQ(process.uid, 7U);
  EXPECT_EQ(process.gid, 8U);
  EXPECT_THAT(process.additional_gids, ElementsAre(9, 10));
  EXPECT_EQ(process.umask, 077U);
  EXPECT_FALSE(process.no_new_privs);
  EXPECT_EQ(process.rlimits.size(), 16U);
  EXPECT_THAT(
      process.rlimits,
      testing::IsSupersetOf({Rlimit{RLIMIT_NOFILE, 64, 128},
                             Rlimit{RLIMIT_CPU, RLIM_INFINITY, RLIM_INFINITY},
                             Rlimit{RLIMIT_MEMLOCK, 1024, 1024}}));
}

TEST(SpecFlags, AreLeftToAWholeParserUnlessPlain) {
  const auto plain = [](std::vector<std::string_view> words) {
    SpecFlags flags;
    return read_plain_flags(words, flags);
  };
  EXPECT_TRUE(plain({}));
  EXPECT_TRUE(plain({"sh"}));
  EXPECT_TRUE(plain({"--rw", "sh"}));
  EXPECT_TRUE(plain({"--rw", "--env", "A=1", "--env=B==2", "--", "sh", "--x"}));
  for (const std::vector<std::string_view>& words :
       std::vector<std::vector<std::string_view>>{
           {""},
           {"[sh]"},
           {"sh", "-c"},
           {"--rw", "sh", "--ro"},
           {"-h"},
           {"--help"},
           {"--root", "/"},
           {"--rw=true"},
           {"--rw", "--rw"},
           {"--memory"},
           {"--memory="},
           {"--memory", "--"},
           {"--memory", "-x"},
           {"--bind", "[a,b]"},
           {"--cwd", "{}"},
           {"--memory", "1M", "--memory", "2M"}}) {
    EXPECT_FALSE(plain(words)) << words.front();
  }
}

TEST(SpecFlags, SetTheResources) {
  const Spec spec =
      spec_of({"--memory", "64M", "--swap", "1k", "--pids", "9", "--cpus",
               "1.5", "--cpu-weight", "300", "--cpuset-cpus", "5,0-3",
               "--cpuset-mems", "0", "--cgroup-path", "/a/b"});
  EXPECT_EQ(spec.resources.memory_max_bytes, 64 << 20);
  EXPECT_EQ(spec.resources.swap_max_bytes, 1024);
  EXPECT_EQ(spec.resources.pids_max, 9);
  EXPECT_EQ(spec.resources.cpu_quota_us, 150000);
  EXPECT_EQ(spec.resources.cpu_period_us, 100000U);
  EXPECT_EQ(spec.resources.cpu_weight, 300U);
  EXPECT_EQ(spec.resources.cpuset_cpus, "0-3,5");
  EXPECT_EQ(spec.resources.cpuset_mems, "0");
  const Spec bounded = spec_of({"--io-max", "8:16:rbps=1M,wiops=7", "--hugetlb",
                                "2MB=64M", "--hugetlb", "1GB=0"});
  EXPECT_THAT(bounded.resources.io,
              ElementsAre(IoLimit{IoKind::kReadBytes, 8, 16, 1 << 20},
                          IoLimit{IoKind::kWriteOperations, 8, 16, 7}));
  EXPECT_THAT(
      bounded.resources.hugepages,
      ElementsAre(HugepageLimit{"2MB", 64 << 20}, HugepageLimit{"1GB", 0}));
  EXPECT_EQ(spec.cgroups_path, "/a/b");
  const Spec open = spec_of(
      {"--memory", "max", "--swap", "max", "--pids", "max", "--cpus", "max"});
  EXPECT_FALSE(open.resources.memory_max_bytes || open.resources.pids_max ||
               open.resources.swap_max_bytes || open.resources.cpu_quota_us);
}

TEST(SpecFlags, ShareAndJoinNamespaces) {
  const Spec spec = spec_of({"--pid", "host", "--net", "/proc/1/ns/net",
                             "--uts", "host", "--timens", "host", "--userns",
                             "host", "--ipc", "new", "--", "sh"});
  EXPECT_EQ(spec.ns(NamespaceKind::kPid).mode, NamespaceMode::kHost);
  EXPECT_EQ(spec.ns(NamespaceKind::kNet),
            (Namespace{NamespaceMode::kJoin, "/proc/1/ns/net"}));
  EXPECT_TRUE(spec.without.empty()) << "no sabotage";
  EXPECT_TRUE(validate(spec).empty());
  EXPECT_FALSE(complaints_of({"--uts", "host", "--hostname", "x"}).empty());
}

TEST(SpecFlags, ReplaceTheMappings) {
  const Spec spec = spec_of(
      {"--uidmap", "0:1000:1", "--uidmap", "1:5000:10", "--gidmap", "0:7:1"});
  EXPECT_THAT(spec.uid_mappings,
              ElementsAre(IdMapping{0, 1000, 1}, IdMapping{1, 5000, 10}));
  EXPECT_THAT(spec.gid_mappings, ElementsAre(IdMapping{0, 7, 1}));
}

TEST(SpecFlags, RebuildTheProfileForTheCapabilities) {
  const CapabilityMask chroot = CapabilityMask{1} << CAP_SYS_CHROOT;
  const Spec spec = spec_of(
      {"--cap-add", "SYS_CHROOT", "--seccomp-errno", "ENOTSOCK", "--", "sh"});
  EXPECT_EQ(spec.process.capabilities,
            (Capabilities{chroot, chroot, chroot, 0, 0}));
  EXPECT_EQ(spec.seccomp, hardened_profile(chroot, ENOTSOCK));
  EXPECT_TRUE(validate(spec).empty());

  const Spec docker = spec_of(
      {"--preset", "oci", "--cap-drop", "ALL", "--cap-add", "cap_sys_chroot"});
  EXPECT_EQ(docker.process.capabilities->bounding, chroot);
  EXPECT_EQ(docker.seccomp, oci_profile(chroot, EPERM));
  const Spec most = spec_of({"--cap-add", "ALL", "--cap-drop", "SYS_CHROOT"});
  EXPECT_EQ(most.process.capabilities->bounding,
            running_capabilities() & ~chroot);
}

TEST(SpecFlags, MakeAddedCapabilitiesAmbientForSomebodyElse) {
  const CapabilityMask bind = CapabilityMask{1} << CAP_NET_BIND_SERVICE;
  const Spec spec =
      spec_of({"--user", "1000", "--cap-add", "NET_BIND_SERVICE", "--", "sh"});
  EXPECT_EQ(spec.process.capabilities,
            (Capabilities{bind, bind, bind, bind, bind}));
  EXPECT_TRUE(validate(spec).empty());
}

TEST(SpecFlags, ReadASeccompFile) {
  char path[] = "/tmp/bulkhead-seccomp-XXXXXX";
  const int fd = mkstemp(path);
  ASSERT_GE(fd, 0);
  close(fd);
  std::ofstream(path) << R"({"defaultAction":"SCMP_ACT_ALLOW"})";
  EXPECT_EQ(spec_of({"--seccomp", path}).seccomp->default_action,
            SeccompAction::kAllow);
  EXPECT_THAT(error_of({"--seccomp", path, "--seccomp-errno", "EPERM"}),
              HasSubstr("default profile only"));
  std::ofstream(path) << R"({"defaultAction":"X","y":1})";
  EXPECT_THAT(error_of({"--seccomp", path}),
              testing::AllOf(HasSubstr("/defaultAction"), HasSubstr("/y")));
  unlink(path);
  EXPECT_THAT(error_of({"--seccomp", path}), HasSubstr("No such file"));
  EXPECT_FALSE(spec_of({"--seccomp", "none"}).seccomp);
  EXPECT_TRUE(spec_of({"--preset", "none", "--seccomp", "default"}).seccomp);
  EXPECT_FALSE(spec_of({"--preset", "none"}).seccomp);
}

TEST(SpecFlags, TakeBoundariesOutLast) {
  const Spec spec =
      spec_of({"--without", "seccomp", "--without", "rootfs", "--skip",
               "mountns.proc", "--unsafe", "--bind", "/a:/b", "--", "sh"});
  EXPECT_FALSE(spec.seccomp);
  EXPECT_TRUE(spec.mounts.empty());
  EXPECT_EQ(spec.without, (BoundarySet{Boundary::kSeccomp, Boundary::kRootfs}));
  EXPECT_EQ(spec.skipped_steps.count("mountns.proc"), 1U);
  EXPECT_TRUE(validate(spec).empty());
  EXPECT_FALSE(complaints_of({"--without", "seccomp"}).empty());
}

/// Mountinfo, which they are compared with, shows them so.
TEST(SpecFlags, CleanThePathsOfMasks) {
  const Spec spec =
      spec_of({"--mask", "/x/", "--readonly-path", "//y/./z", "--", "sh"});
  EXPECT_EQ(spec.masked_paths.back(), "/x");
  EXPECT_EQ(spec.readonly_paths.back(), "/y/z");
}

TEST(SpecFlags, AddMasksSysctlsAndPreferences) {
  const Spec spec =
      spec_of({"--mask", "/proc/x", "--readonly-path", "/y", "--sysctl",
               "net.ipv4.ip_forward=1", "--prefer", "landlock", "--rw",
               "--hostname", "h", "--domainname", "d", "--", "sh"});
  EXPECT_EQ(spec.masked_paths.back(), "/proc/x");
  EXPECT_EQ(spec.readonly_paths.back(), "/y");
  EXPECT_EQ(spec.sysctls.at(0).second, "1");
  EXPECT_EQ(spec.prefer.count("landlock"), 1U);
  EXPECT_EQ(spec.hostname, "h");
  EXPECT_FALSE(spec.rootfs.read_only);
  EXPECT_TRUE(validate(spec).empty());
}

TEST(SpecFlags, ConfineByLandlockAndLabels) {
  const Spec preset = spec_of({"--", "sh"});
  EXPECT_EQ(preset.landlock, Landlock{});
  EXPECT_EQ(preset.prefer.count("landlock"), 1U);
  EXPECT_FALSE(spec_of({"--landlock", "none", "--", "sh"}).landlock);
  const Spec asked = spec_of({"--landlock", "mounts", "--", "sh"});
  EXPECT_EQ(asked.landlock, Landlock{});
  EXPECT_EQ(asked.prefer.count("landlock"), 0U) << "asked for by name";
  const Spec ports =
      spec_of({"--preset", "oci", "--landlock-bind", "80", "--landlock-bind",
               "443", "--landlock-connect", "none", "--apparmor", "a",
               "--selinux", "s", "--mount-label", "m", "--", "sh"});
  ASSERT_TRUE(ports.landlock);
  EXPECT_EQ(ports.landlock->tcp_bind, (std::set<std::uint16_t>{80, 443}));
  EXPECT_EQ(ports.landlock->tcp_connect, std::set<std::uint16_t>{});
  EXPECT_EQ(ports.labels, (Labels{"a", "s", "m"}));
  const Spec any = spec_of({"--landlock-bind", "any", "--", "sh"});
  EXPECT_FALSE(any.landlock->tcp_bind);
}

TEST(SpecFlags, SayWhichFlagWhichValueAndWhatWouldBeRight) {
  const std::vector<std::vector<std::string>> bad = {
      {"--bind", "/a"},
      {"--bind", "/a:b"},
      {"--bind", "/a:/b:zz"},
      {"--bind", "/a:/../b"},
      {"--tmpfs", "t"},
      {"--tmpfs", "/t:size=0"},
      {"--tmpfs", "/t:uid=1"},
      {"--env", "A"},
      {"--env", "=A"},
      {"--cwd", "a"},
      {"--user", "root"},
      {"--user", "1:"},
      {"--user", "4294967295"},
      {"--group", "x"},
      {"--umask", "8"},
      {"--umask", "1000"},
      {"--cap-add", "EVERYTHING"},
      {"--cap-drop", "CAP_"},
      {"--memory", "x"},
      {"--memory", "9999999T"},
      {"--swap", "-1"},
      {"--pids", "0"},
      {"--pids", "1M"},
      {"--cpus", "0.001"},
      {"--cpus", "nan"},
      {"--cpus", "1x"},
      {"--cpuset-cpus", "3-1"},
      {"--cpuset-mems", "1024"},
      {"--io-max", "8:0"},
      {"--io-max", "/dev/null:rbps=1"},
      {"--io-max", "8:0:rbps=0"},
      {"--io-max", "8:0:rbps=1,"},
      {"--io-max", "8:0:bps=1"},
      {"--io-max", "8:rbps=1"},
      {"--hugetlb", "2M=1G"},
      {"--hugetlb", "2MB"},
      {"--hugetlb", "2MB=max"},
      {"--cpu-weight", "10001"},
      {"--rlimit", "x=1"},
      {"--rlimit", "nofile"},
      {"--rlimit", "nofile=2:1"},
      {"--net", "bridge"},
      {"--userns", ""},
      {"--uidmap", "0:1"},
      {"--uidmap", "0:1:0"},
      {"--gidmap", "0:4294967296:1"},
      {"--mask", "x"},
      {"--readonly-path", "/.."},
      {"--sysctl", "x"},
      {"--seccomp-errno", "0"},
      {"--no-new-privs", "yes"},
      {"--prefer", "speed"},
      {"--without", "all"},
      {"--landlock", "all"},
      {"--landlock-bind", "65536"},
      {"--landlock-connect", "http"},
      {"--cgroup-path", "/../a"}};
  for (const auto& arguments : bad) {
    const std::string error = error_of(arguments);
    EXPECT_THAT(error, HasSubstr(arguments[0] + " \"" + arguments[1] + "\": "));
  }
}

TEST(SpecFlags, ComplainAboutEverythingAtOnce) {
  const std::string error =
      error_of({"--memory", "x", "--pids", "y", "--user", "z", "--rw", "--ro"});
  EXPECT_EQ(std::count(error.begin(), error.end(), '\n'), 3);
}

}  // namespace
}  // namespace bulkhead
