#include "runtime/spec/presets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "runtime/spec/defaults.h"
#include "runtime/spec/validate.h"

namespace bulkhead {
namespace {

Spec ready(Preset preset) {
  Spec spec = make_preset(preset);
  spec.process.argv = {"/bin/sh"};
  if (spec.rootfs.path.empty()) spec.rootfs.path = "/srv/rootfs";
  return spec;
}

TEST(Presets, AreValid) {
  for (const Preset preset :
       {Preset::kHardened, Preset::kOci, Preset::kStrict, Preset::kNone}) {
    for (const Complaint& complaint : validate(ready(preset))) {
      ADD_FAILURE() << name_of(preset) << ": " << to_string(complaint);
    }
    EXPECT_EQ(preset_named(name_of(preset)), preset);
  }
}

TEST(Presets, ThatDoNotExistAreAUsageError) {
  const auto preset = preset_named("Hardened");
  ASSERT_FALSE(preset);
  EXPECT_EQ(preset.error().kind, ErrorKind::kUsage);
  EXPECT_THAT(preset.error().message(), testing::HasSubstr("hardened, oci"));
}

TEST(StrictPreset, IsTheHardenedOneWithNothingOfTheKernelsToBeMasked) {
  Spec spec = ready(Preset::kStrict);
  for (const Mount& mount : spec.mounts) {
    EXPECT_FALSE(mount.destination.starts_with("/sys"));
    EXPECT_EQ(mount.subset_pid, mount.destination == "/proc");
  }
  const Spec hardened = ready(Preset::kHardened);
  spec.mounts = hardened.mounts;
  spec.masked_paths = hardened.masked_paths;
  spec.readonly_paths = hardened.readonly_paths;
  EXPECT_EQ(spec, hardened);
}

TEST(HardenedPreset, MasksThePressureFilesThatAnybodyMayWrite) {
  // A trigger written there makes the kernel work for the workload.
  EXPECT_THAT(ready(Preset::kHardened).masked_paths,
              testing::Contains("/proc/pressure"));
  EXPECT_THAT(ready(Preset::kOci).masked_paths,
              testing::Not(testing::Contains("/proc/pressure")));
}

TEST(ThermalThrottle, IsFoundForEachProcessorThatHasIt) {
  std::string root = std::filesystem::temp_directory_path() / "bulkhead.XXXXXX";
  ASSERT_NE(nullptr, mkdtemp(root.data()));
  const std::string cpus = "/sys/devices/system/cpu/";
  for (const char* one :
       {"cpu0/thermal_throttle", "cpu1/cache", "cpu11/thermal_throttle",
        "cpufreq/thermal_throttle"}) {
    std::filesystem::create_directories(root + cpus + one);
  }
  EXPECT_THAT(thermal_throttle_paths(root),
              testing::ElementsAre(cpus + "cpu0/thermal_throttle",
                                   cpus + "cpu11/thermal_throttle"));
  // An offline one has none, nor a topology.
  std::filesystem::remove_all(root + cpus + "cpu0/thermal_throttle");
  EXPECT_THAT(thermal_throttle_paths(root),
              testing::ElementsAre(cpus + "cpu11/thermal_throttle"));
  std::filesystem::create_directories(root + cpus + "cpu0/topology");
  EXPECT_THAT(thermal_throttle_paths(root), testing::IsEmpty());
  std::filesystem::remove_all(root);
  EXPECT_THAT(thermal_throttle_paths(root), testing::IsEmpty());
}

TEST(HardenedPreset, GrantsNothing) {
  const Spec spec = ready(Preset::kHardened);
  for (const Namespace& ns : spec.namespaces) {
    EXPECT_EQ(ns.mode, NamespaceMode::kNew);
  }
  EXPECT_EQ(spec.process.capabilities, Capabilities{});
  EXPECT_TRUE(spec.process.lock_securebits);
  EXPECT_TRUE(spec.process.no_new_privs);
  EXPECT_TRUE(spec.rootfs.read_only && spec.rootfs.nosuid &&
              spec.rootfs.nodev && spec.rootfs.pivot);
  EXPECT_EQ(spec.session, Session{});
  EXPECT_FALSE(spec.resources.devices.front().allow);
  EXPECT_TRUE(spec.without.empty());
  EXPECT_FALSE(spec.unsafe);
  for (const Mount& mount : spec.mounts) {
    EXPECT_TRUE(mount.nosuid && mount.noexec) << mount.destination;
    EXPECT_TRUE(mount.nodev || mount.kind == MountKind::kDevpts);
    if (mount.kind == MountKind::kTmpfs) {
      EXPECT_GT(mount.size_bytes, 0U);
      EXPECT_GT(mount.inodes, 0U);
    }
  }
}

TEST(HardenedPreset, AsksForAllRlimitsWithinTheCallersOwn) {
  const Spec spec = ready(Preset::kHardened);
  ASSERT_EQ(spec.process.rlimits.size(), std::size_t{RLIM_NLIMITS});
  for (const Rlimit& rlimit : spec.process.rlimits) {
    struct rlimit mine {};
    ASSERT_EQ(
        getrlimit(static_cast<__rlimit_resource_t>(rlimit.resource), &mine), 0);
    EXPECT_LE(rlimit.hard, mine.rlim_max) << rlimit.resource;
    EXPECT_LE(rlimit.soft, rlimit.hard);
    if (rlimit.resource == RLIMIT_NOFILE) {
      EXPECT_LE(rlimit.hard, 1024U);
    }
    if (rlimit.resource == RLIMIT_CORE) {
      EXPECT_EQ(rlimit.hard, 0U);
    }
  }
}

TEST(HardenedPreset, LowersItselfToTheCallersHardLimits) {
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const struct rlimit low = {60, 64};
    bool good =
        setrlimit(RLIMIT_NOFILE, &low) == 0 && setrlimit(RLIMIT_CPU, &low) == 0;
    int seen = 0;
    for (const Rlimit& rlimit :
         make_preset(Preset::kHardened).process.rlimits) {
      if (rlimit.resource != RLIMIT_NOFILE && rlimit.resource != RLIMIT_CPU) {
        continue;
      }
      ++seen;
      good = good && rlimit.hard == 64 && rlimit.soft == 64;
    }
    _exit(good && seen == 2 ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST(OciPreset, IsWhatDockerAsksFor) {
  const Spec spec = ready(Preset::kOci);
  EXPECT_EQ(spec.ns(NamespaceKind::kUser).mode, NamespaceMode::kHost);
  EXPECT_EQ(spec.ns(NamespaceKind::kTime).mode, NamespaceMode::kHost);
  EXPECT_EQ(__builtin_popcountll(spec.process.capabilities->bounding), 14);
  EXPECT_FALSE(spec.process.no_new_privs);
  EXPECT_FALSE(spec.rootfs.read_only);
  EXPECT_FALSE(spec.resources.any_limit());
}

TEST(NonePreset, IsolatesNothing) {
  const Spec spec = ready(Preset::kNone);
  for (const Namespace& ns : spec.namespaces) EXPECT_EQ(ns, Namespace{});
  EXPECT_FALSE(spec.rootfs.pivot);
  EXPECT_TRUE(spec.mounts.empty());
  EXPECT_FALSE(spec.process.capabilities);
  EXPECT_FALSE(spec.seccomp);
  EXPECT_FALSE(spec.resources.any_limit());
  EXPECT_FALSE(spec.session.close_fds || spec.session.setsid ||
               spec.session.new_keyring || spec.session.verify_cwd ||
               spec.session.clean_environment || spec.session.reset_inherited);
}

}  // namespace
}  // namespace bulkhead
