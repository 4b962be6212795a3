// parse(emit(spec)) is spec again, as far as OCI has words for it.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "runtime/spec/defaults.h"
#include "runtime/spec/oci.h"
#include "runtime/spec/oci_test_configs.h"
#include "runtime/spec/presets.h"

namespace bulkhead {
namespace {

/// `spec` with what OCI has no word for as the parser sets it.
Spec expressible(Spec spec) {
  spec.rootfs.nosuid = spec.process.no_new_privs;
  spec.rootfs.nodev = spec.minimal_dev;
  spec.rootfs.idmap = true;
  spec.rootfs.pivot = true;
  spec.session = Session{};
  spec.loopback_up = true;
  spec.process.lock_securebits = false;
  if (spec.prefer.contains("cgroup.memory.oom.group")) {
    spec.resources.oom_group.reset();
  }
  const bool prefers = spec.landlock && spec.prefer.contains("landlock");
  spec.prefer.clear();
  if (prefers) spec.prefer.insert("landlock");
  spec.without.clear();
  spec.skipped_steps.clear();
  spec.unsafe = false;
  std::sort(spec.sysctls.begin(), spec.sysctls.end());
  return spec;
}

void expect_round_trip(const Spec& spec) {
  const std::string text = emit_oci(spec);
  const auto again = parse_oci(text, "/bundle");
  if (!again) {
    for (const Complaint& complaint : again.error()) {
      ADD_FAILURE() << to_string(complaint);
    }
    return;
  }
  EXPECT_TRUE(*again == expressible(spec)) << text << emit_oci(*again);
  EXPECT_EQ(emit_oci(*again), emit_oci(expressible(spec)));
}

Spec preset(Preset name) {
  Spec spec = make_preset(name);
  spec.process.argv = {"/bin/sh", "-c", "echo \"\xc3\xa9\""};
  spec.rootfs.path = "/srv/rootfs";
  return spec;
}

TEST(OciRoundTrip, KeepsThePresets) {
  expect_round_trip(preset(Preset::kHardened));
  expect_round_trip(preset(Preset::kOci));
  expect_round_trip(preset(Preset::kStrict));
  Spec labelled = preset(Preset::kOci);
  labelled.labels = {.apparmor = "a b", .selinux = "u:r:t:s0", .mount = "c"};
  labelled.landlock = Landlock{.by_mounts = false,
                               .tcp_bind = std::set<std::uint16_t>{80, 443},
                               .tcp_connect = std::set<std::uint16_t>{},
                               .scope_signals = false};
  expect_round_trip(labelled);
  Spec none = preset(Preset::kNone);
  none.rootfs.path = "/";
  expect_round_trip(none);
}

TEST(OciRoundTrip, KeepsWhatOthersWrote) {
  for (const char* text : {kRuncSpec, kEngineConfig}) {
    const auto spec = parse_oci(text, "/bundle");
    ASSERT_TRUE(spec);
    expect_round_trip(*spec);
  }
}

/// Every field that OCI can say, away from its default.
Spec unusual() {
  Spec spec = preset(Preset::kHardened);
  spec.oci_version = "1.1.0";
  spec.process.cwd = "/home";
  spec.process.uid = 1000;
  spec.process.gid = 1001;
  spec.process.additional_gids = {4, 20};
  spec.process.umask = 077;
  spec.process.oom_score_adj = 500;
  spec.process.no_new_privs = false;
  spec.process.capabilities = Capabilities{0x3f, 0x3, 0xf, 0x7, 0x1};
  spec.ns(NamespaceKind::kNet) = {NamespaceMode::kJoin, "/run/netns/a"};
  spec.ns(NamespaceKind::kIpc) = {};
  spec.uid_mappings = {{0, 100000, 1000}, {1000, 0, 1}};
  spec.gid_mappings = {{0, 200000, 65536}};
  spec.monotonic_offset = ClockOffset{-5, 999999999};
  spec.boottime_offset = ClockOffset{5, 1};
  Mount bind;
  bind.destination = "/data";
  bind.source = "/srv/data";
  bind.idmap = true;
  bind.recursive = true;
  bind.noexec = true;
  bind.nodev = false;
  bind.nosuid = false;
  spec.mounts.push_back(bind);
  spec.mounts[0].subset_pid = true;
  spec.mounts[0].hidepid = true;
  spec.mounts[1].gid = 5;
  spec.devices.push_back({"/dev/net/tun", 'c', 10, 200, 0600, 1, 2});
  spec.devices.push_back({"/dev/pipe", 'p', 0, 0, 0620, 0, 0});
  spec.resources.devices.push_back({true, 'b', 8, std::nullopt, "r"});
  spec.prefer.clear();
  spec.resources.oom_group = false;
  spec.resources.cpu_weight = 77;
  spec.resources.cpuset_cpus = "0-3,5";
  spec.resources.cpuset_mems = "0";
  spec.resources.io = {{IoKind::kReadBytes, 8, 0, 1 << 20},
                       {IoKind::kReadBytes, 8, 16, 5},
                       {IoKind::kWriteOperations, 8, 0, 1ULL << 60}};
  spec.resources.hugepages = {{"2MB", 4 << 20}, {"1GB", 0}};
  spec.resources.swap_max_bytes = 4096;
  spec.cgroups_path = "/a/b";
  spec.sysctls = {{"net.ipv4.ip_forward", "1"}, {"kernel.sem", "1 2 3 4"}};
  spec.seccomp =
      Seccomp{SeccompAction::kAllow,
              std::nullopt,
              {"SCMP_ARCH_X86_64"},
              {{{"a"}, SeccompAction::kTrap, std::nullopt, {}},
               {{"b", "c"},
                SeccompAction::kErrno,
                9,
                {{5, ~0ULL, 1, SeccompCompare::kMaskedEqual}}},
               {{"d"}, SeccompAction::kKillProcess, std::nullopt, {}},
               {{"e"}, SeccompAction::kKillThread, std::nullopt, {}},
               {{"f"},
                SeccompAction::kLog,
                std::nullopt,
                {{0, 1, 0, SeccompCompare::kNotEqual},
                 {1, 1, 0, SeccompCompare::kGreater}}}}};
  return spec;
}

TEST(OciRoundTrip, KeepsEveryField) { expect_round_trip(unusual()); }

TEST(OciRoundTrip, KeepsDevicesWithoutAMinimalDev) {
  Spec spec = unusual();
  spec.minimal_dev = false;
  spec.devices = default_devices();
  expect_round_trip(spec);
}

TEST(EmitOci, SaysTheHostRootWhenThereIsNoPivot) {
  Spec spec = preset(Preset::kHardened);
  spec.rootfs.pivot = false;
  const auto config = nlohmann::json::parse(emit_oci(spec));
  EXPECT_EQ(config["root"]["path"], "/");
}

TEST(EmitOci, AsksOthersForReadOnlyAllTheWayDown) {
  Spec spec = preset(Preset::kHardened);
  Mount bind{.destination = "/src", .source = "/src", .read_only = true};
  spec.mounts = {bind};
  EXPECT_EQ(emit_oci(spec).find("\"rro\""), std::string::npos);
  spec.mounts[0].recursive = true;
  EXPECT_NE(emit_oci(spec).find("\"rro\""), std::string::npos);
  expect_round_trip(std::move(spec));
}

TEST(EmitOci, CountsMemoryAndSwapTogether) {
  Spec spec = preset(Preset::kHardened);
  spec.resources.swap_max_bytes = 1 << 20;
  const auto config = nlohmann::json::parse(emit_oci(spec));
  const auto& memory = config["linux"]["resources"]["memory"];
  EXPECT_EQ(memory["swap"].get<std::int64_t>(),
            memory["limit"].get<std::int64_t>() + (1 << 20));
}

TEST(EmitOci, SurvivesBytesThatAreNotUtf8) {
  Spec spec = preset(Preset::kHardened);
  spec.process.environment = {"A=\xff"};
  EXPECT_NE(emit_oci(spec).find("A="), std::string::npos);
}

}  // namespace
}  // namespace bulkhead
