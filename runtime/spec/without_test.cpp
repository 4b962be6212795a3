#include "runtime/spec/without.h"

#include <gtest/gtest.h>

#include "runtime/spec/names.h"
#include "runtime/spec/presets.h"
#include "runtime/spec/validate.h"

namespace bulkhead {
namespace {

Spec hardened() {
  Spec spec = make_preset(Preset::kHardened);
  spec.process.argv = {"/bin/sh"};
  spec.rootfs.path = "/srv/rootfs";
  spec.unsafe = true;
  return spec;
}

Spec without(Boundary boundary) {
  Spec spec = hardened();
  remove_boundary(spec, boundary);
  return spec;
}

const Mount* mounted_on(const Spec& spec, const std::string& destination) {
  for (const Mount& mount : spec.mounts) {
    if (mount.destination == destination) return &mount;
  }
  return nullptr;
}

TEST(RemoveBoundary, LeavesAValidSpecAndARecord) {
  for (std::size_t i = 0; i < kBoundaryNames.size(); ++i) {
    const auto boundary = static_cast<Boundary>(i);
    const Spec spec = without(boundary);
    EXPECT_TRUE(spec.without.contains(boundary));
    for (const Complaint& complaint : validate(spec)) {
      ADD_FAILURE() << name_of(boundary) << ": " << to_string(complaint);
    }
  }
}

TEST(RemoveBoundary, LeavesAValidSpecForEveryPairInBothOrders) {
  for (std::size_t i = 0; i < kBoundaryNames.size(); ++i) {
    for (std::size_t j = 0; j < kBoundaryNames.size(); ++j) {
      Spec spec = without(static_cast<Boundary>(i));
      remove_boundary(spec, static_cast<Boundary>(j));
      EXPECT_TRUE(validate(spec).empty())
          << kBoundaryNames[i] << " " << kBoundaryNames[j] << ": "
          << to_string(validate(spec).front());
    }
  }
}

TEST(RemoveBoundary, NeedsUnsafe) {
  Spec spec = without(Boundary::kSeccomp);
  spec.unsafe = false;
  EXPECT_EQ(validate(spec).size(), 1U);
}

TEST(RemoveBoundary, TakesOutOneNamespaceAndNothingElse) {
  for (std::size_t i = 0; i < kNamespaceKinds; ++i) {
    const Spec spec = without(static_cast<Boundary>(i));
    for (std::size_t j = 0; j < kNamespaceKinds; ++j) {
      EXPECT_EQ(spec.namespaces[j].mode,
                i == j ? NamespaceMode::kHost : NamespaceMode::kNew);
    }
    EXPECT_EQ(spec.seccomp, hardened().seccomp);
    EXPECT_EQ(spec.process, hardened().process);
    EXPECT_EQ(spec.resources, hardened().resources);
  }
}

TEST(RemoveBoundary, OfANamespaceTakesWhatOnlyItCouldHave) {
  EXPECT_FALSE(without(Boundary::kUtsns).hostname);
  EXPECT_FALSE(without(Boundary::kTimens).boottime_offset);
  const Spec spec = without(Boundary::kUserns);
  EXPECT_TRUE(spec.uid_mappings.empty() && spec.gid_mappings.empty());
  EXPECT_FALSE(spec.rootfs.idmap);
}

TEST(RemoveBoundary, BindsTheHostsInstanceWhereANewOneIsNotAllowed) {
  const struct {
    Boundary boundary;
    const char* path;
  } cases[] = {{Boundary::kPidns, "/proc"},
               {Boundary::kNetns, "/sys"},
               {Boundary::kIpcns, "/dev/mqueue"},
               {Boundary::kCgroupns, "/sys/fs/cgroup"}};
  for (const auto& [boundary, path] : cases) {
    const Spec kept = hardened();
    const Spec spec = without(boundary);
    const Mount* before = mounted_on(kept, path);
    const Mount* after = mounted_on(spec, path);
    ASSERT_TRUE(before != nullptr && after != nullptr);
    EXPECT_EQ(after->kind, MountKind::kBind);
    EXPECT_EQ(after->source, path);
    EXPECT_EQ(after->read_only, before->read_only);
    EXPECT_TRUE(after->nosuid && after->nodev && after->noexec);
    Spec rootful = without(Boundary::kUserns);
    remove_boundary(rootful, boundary);
    EXPECT_NE(mounted_on(rootful, path)->kind, MountKind::kBind);
  }
}

TEST(RemoveBoundary, MountnsTakesTheRootfsAlong) {
  const Spec spec = without(Boundary::kMountns);
  EXPECT_EQ(spec.without, (BoundarySet{Boundary::kMountns, Boundary::kRootfs}));
  EXPECT_FALSE(spec.rootfs.pivot);
  EXPECT_TRUE(spec.mounts.empty() && spec.masked_paths.empty());
}

TEST(RemoveBoundary, RootfsStaysOnTheHostRoot) {
  const Spec spec = without(Boundary::kRootfs);
  EXPECT_FALSE(spec.rootfs.pivot || spec.rootfs.read_only ||
               spec.rootfs.nosuid || spec.rootfs.nodev);
  EXPECT_TRUE(spec.mounts.empty() && spec.masked_paths.empty() &&
              spec.readonly_paths.empty() && spec.devices.empty());
  EXPECT_FALSE(spec.minimal_dev);
  EXPECT_EQ(spec.ns(NamespaceKind::kMount).mode, NamespaceMode::kNew);
}

TEST(RemoveBoundary, DevicesShowsTheHostsDev) {
  const Spec spec = without(Boundary::kDevices);
  EXPECT_FALSE(spec.minimal_dev || spec.rootfs.nodev);
  EXPECT_TRUE(spec.devices.empty() && spec.resources.devices.empty());
  const Mount* dev = mounted_on(spec, "/dev");
  ASSERT_NE(dev, nullptr);
  EXPECT_EQ(dev->source, "/dev");
  EXPECT_TRUE(dev->recursive && dev->nosuid);
  EXPECT_FALSE(dev->nodev || dev->read_only);
  EXPECT_EQ(mounted_on(spec, "/dev/pts"), nullptr);
  EXPECT_NE(mounted_on(spec, "/proc"), nullptr);
  EXPECT_TRUE(spec.resources.any_limit());
}

TEST(RemoveBoundary, CgroupLiftsTheLimitsAndKeepsTheDevices) {
  const Spec spec = without(Boundary::kCgroup);
  EXPECT_FALSE(spec.resources.any_limit());
  EXPECT_FALSE(spec.resources.devices.empty());
  EXPECT_FALSE(mounted_on(spec, "/sys/fs/cgroup")->read_only);
}

TEST(RemoveBoundary, CapabilitiesGrantsAllThatTheKernelHas) {
  const Spec spec = without(Boundary::kCapabilities);
  ASSERT_TRUE(spec.process.capabilities);
  EXPECT_EQ(spec.process.capabilities->bounding, running_capabilities());
  EXPECT_EQ(spec.process.capabilities->effective, running_capabilities());
  EXPECT_FALSE(spec.process.lock_securebits);
  EXPECT_TRUE(spec.process.no_new_privs);
  EXPECT_EQ(spec.seccomp, hardened().seccomp);
}

TEST(RemoveBoundary, TakesOutTheSingleOnes) {
  EXPECT_FALSE(without(Boundary::kNoNewPrivs).process.no_new_privs);
  EXPECT_FALSE(without(Boundary::kSeccomp).seccomp);
  EXPECT_TRUE(without(Boundary::kRlimits).process.rlimits.empty());
  EXPECT_FALSE(without(Boundary::kFds).session.close_fds);
  EXPECT_TRUE(without(Boundary::kFds).session.setsid);
  const Session session = without(Boundary::kSession).session;
  EXPECT_TRUE(session.close_fds);
  EXPECT_FALSE(session.new_keyring || session.setsid || session.verify_cwd ||
               session.clean_environment || session.exact_ids ||
               session.reset_inherited);
  Spec asked = hardened();
  asked.process.oom_score_adj = 500;
  asked.process.cwd = "/w";
  remove_boundary(asked, Boundary::kSession);
  EXPECT_FALSE(asked.process.umask || asked.process.oom_score_adj);
  EXPECT_EQ(asked.process.cwd, "/");
  EXPECT_FALSE(without(Boundary::kLandlock).landlock);
  asked.labels = {.apparmor = "a", .selinux = "b", .mount = "c"};
  remove_boundary(asked, Boundary::kLsm);
  EXPECT_EQ(asked.labels, Labels{});
  EXPECT_TRUE(asked.landlock);
}

}  // namespace
}  // namespace bulkhead
