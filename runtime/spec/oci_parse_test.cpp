// What the OCI parser takes, and by what names it refuses the rest.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "runtime/spec/oci.h"
#include "runtime/spec/oci_test_configs.h"
#include "runtime/spec/validate.h"

namespace bulkhead {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

json minimal() {
  return {{"ociVersion", "1.0.2"},
          {"process", {{"args", {"sh"}}, {"cwd", "/"}}},
          {"root", {{"path", "rootfs"}}}};
}

/// The spec, with every complaint a failure.
Spec parsed(const json& config) {
  const auto spec = parse_oci(config.dump(), "/bundle");
  if (spec) return *spec;
  for (const Complaint& complaint : spec.error()) {
    ADD_FAILURE() << to_string(complaint);
  }
  return {};
}

std::vector<Complaint> complaints_of(const json& config) {
  const auto spec = parse_oci(config.dump(), "/bundle");
  return spec ? std::vector<Complaint>() : spec.error();
}

/// The pointers complained about when `value` is put at `pointer`.
std::vector<std::string> pointers_with(const std::string& pointer,
                                       const json& value) {
  json config = minimal();
  config[json::json_pointer(pointer)] = value;
  std::vector<std::string> pointers;
  for (const Complaint& complaint : complaints_of(config)) {
    pointers.push_back(complaint.pointer);
  }
  return pointers;
}

/// Mountinfo, which they are compared with, shows them so.
TEST(ParseOci, CleansThePathsOfMasks) {
  json config = minimal();
  config["linux"] = {{"maskedPaths", {"/x/"}}, {"readonlyPaths", {"//y/./z"}}};
  const Spec spec = parsed(config);
  EXPECT_THAT(spec.masked_paths, ElementsAre("/x"));
  EXPECT_THAT(spec.readonly_paths, ElementsAre("/y/z"));
}

TEST(ParseOci, TakesWhatRuncSpecWrites) {
  const Spec spec = parsed(json::parse(kRuncSpec));
  EXPECT_EQ(spec.rootfs.path, "/bundle/rootfs");
  EXPECT_TRUE(spec.rootfs.read_only);
  EXPECT_TRUE(spec.rootfs.nosuid) << "no_new_privs: setuid gives nothing";
  EXPECT_TRUE(spec.rootfs.nodev) << "it has a /dev of its own";
  EXPECT_EQ(spec.hostname, "runc");
  EXPECT_TRUE(spec.minimal_dev);
  EXPECT_EQ(spec.devices.size(), 6U);
  ASSERT_EQ(spec.mounts.size(), 6U);
  EXPECT_EQ(spec.mounts[0].kind, MountKind::kProc);
  EXPECT_FALSE(spec.mounts[0].nosuid) << "OCI: what is not said is not set";
  EXPECT_EQ(spec.mounts[1].gid, 5U);
  EXPECT_EQ(spec.mounts[2].mode, 01777U);
  EXPECT_EQ(spec.mounts[2].size_bytes, 64ULL << 20);
  EXPECT_EQ(spec.mounts[5].kind, MountKind::kCgroup);
  EXPECT_TRUE(spec.mounts[5].read_only);
  EXPECT_EQ(spec.ns(NamespaceKind::kNet).mode, NamespaceMode::kNew);
  EXPECT_EQ(spec.ns(NamespaceKind::kUser).mode, NamespaceMode::kHost);
  EXPECT_TRUE(spec.process.no_new_privs);
  ASSERT_TRUE(spec.process.capabilities);
  EXPECT_EQ(spec.process.capabilities->bounding,
            CapabilityMask{1} << CAP_AUDIT_WRITE | 1 << CAP_KILL |
                1 << CAP_NET_BIND_SERVICE);
  EXPECT_EQ(spec.process.capabilities->ambient, 0U);
  EXPECT_EQ(spec.resources.devices.size(), 9U) << "deny all, then defaults";
  EXPECT_TRUE(validate(spec).empty());
}

TEST(ParseOci, TakesWhatPodmanAndDockerWrite) {
  const Spec spec = parsed(json::parse(kEngineConfig));
  EXPECT_TRUE(validate(spec).empty());
  EXPECT_EQ(spec.resources.memory_max_bytes, 268435456);
  EXPECT_EQ(spec.resources.swap_max_bytes, 268435456);
  EXPECT_EQ(spec.resources.cpu_weight, 39U);
  EXPECT_FALSE(spec.resources.cpu_quota_us);
  EXPECT_EQ(spec.resources.pids_max, 2048);
  EXPECT_EQ(spec.ns(NamespaceKind::kNet).path, "/run/netns/x");
  EXPECT_EQ(spec.process.rlimits.at(0).hard, RLIM_INFINITY);
  EXPECT_EQ(spec.process.umask, 18U);
  EXPECT_EQ(spec.devices.size(), 7U);
  EXPECT_EQ(spec.devices.back().mode, 0666U);
  const Mount& volume = spec.mounts.back();
  EXPECT_EQ(volume.kind, MountKind::kBind);
  EXPECT_TRUE(volume.recursive);
  EXPECT_EQ(volume.source, "/var/lib/volume");
  EXPECT_EQ(spec.seccomp->rules.at(1).arguments.at(0).compare,
            SeccompCompare::kMaskedEqual);
  EXPECT_EQ(spec.seccomp->default_errno_return, 38U);
}

TEST(ParseOci, BindsATmpfsThatSaysNoSize) {
  json config = minimal();
  config["mounts"] =
      json::parse(R"([{"destination":"/t","type":"tmpfs","source":"tmpfs"}])");
  const Spec spec = parsed(config);
  EXPECT_EQ(spec.mounts.at(0).size_bytes, kDefaultTmpfsBytes);
  EXPECT_EQ(spec.mounts.at(0).inodes, kDefaultTmpfsInodes);
  EXPECT_FALSE(spec.minimal_dev);
  EXPECT_TRUE(spec.devices.empty());
}

TEST(ParseOci, ReadsATmpfsOnDevAsTheMinimalDev) {
  json config = minimal();  // Without any "linux".
  config["mounts"] = json::parse(
      R"([{"destination":"/dev/","type":"tmpfs","options":["nosuid"]}])");
  const Spec spec = parsed(config);
  EXPECT_TRUE(spec.minimal_dev);
  EXPECT_EQ(spec.devices.size(), 6U);
  EXPECT_TRUE(spec.mounts.empty());
  EXPECT_THAT(pointers_with("/mounts", json::parse(R"([{"destination":"/dev",
                  "type":"tmpfs","options":["ro"]}])")),
              ElementsAre("/mounts/0/options"));
}

TEST(ParseOci, RefusesByNameWhatItDoesNotDo) {
  const std::vector<std::pair<std::string, json>> asked = {
      {"/hooks", {{"prestart", {{{"path", "/bin/true"}}}}}},
      {"/windows", {{"layerFolders", {"x"}}}},
      {"/vm", {{"kernel", {{"path", "/x"}}}}},
      {"/solaris", {{"milestone", "x"}}},
      {"/zos", {{"namespaces", {1}}}},
      {"/process/terminal", true},
      {"/process/scheduler", {{"policy", "SCHED_FIFO"}}},
      {"/process/ioPriority", {{"class", "IOPRIO_CLASS_RT"}}},
      {"/process/execCPUAffinity", {{"initial", "0"}}},
      {"/process/commandLine", "x"},
      {"/process/user/username", "x"},
      {"/linux/intelRdt", {{"closID", "x"}}},
      {"/linux/personality", {{"domain", "LINUX32"}}},
      {"/linux/netDevices", {{"eth0", {{"name", "x"}}}}},
      {"/linux/memoryPolicy", {{"mode", "MPOL_BIND"}}},
      {"/linux/rootfsPropagation", "shared"},
      {"/linux/resources/blockIO/weight", 10},
      {"/linux/resources/blockIO/leafWeight", 10},
      {"/linux/resources/blockIO/weightDevice", {{{"major", 8}}}},
      {"/linux/resources/network", {{"classID", 1}}},
      {"/linux/resources/rdma", {{"mlx5_1", {{"hcaHandles", 3}}}}},
      {"/linux/resources/memory/kernel", 1},
      {"/linux/resources/memory/kernelTCP", 1},
      {"/linux/resources/memory/reservation", 1},
      {"/linux/resources/memory/swappiness", 0},
      {"/linux/resources/memory/disableOOMKiller", true},
      {"/linux/resources/cpu/cpus", "0-"},
      {"/linux/resources/cpu/mems", "1024"},
      {"/linux/resources/cpu/realtimeRuntime", 1},
      {"/linux/resources/cpu/realtimePeriod", 1},
      {"/linux/resources/cpu/burst", 1},
      {"/linux/resources/cpu/idle", 1},
  };
  for (const auto& [pointer, value] : asked) {
    EXPECT_THAT(pointers_with(pointer, value), ElementsAre(pointer));
  }
  EXPECT_THAT(pointers_with("/linux/resources/unified/memory.high", "1"),
              ElementsAre("/linux/resources/unified/memory.high"));
  EXPECT_THAT(pointers_with("/linux/timeOffsets/tai", {{"secs", 1}}),
              ElementsAre("/linux/timeOffsets/tai"));
  for (const char* member : {"flags", "listenerPath", "listenerMetadata"}) {
    const json value =
        std::string(member) == "flags" ? json{"SECCOMP_FILTER_FLAG_LOG"} : "x";
    EXPECT_THAT(
        pointers_with("/linux/seccomp",
                      {{"defaultAction", "SCMP_ACT_ALLOW"}, {member, value}}),
        ElementsAre("/linux/seccomp/" + std::string(member)));
  }
}

TEST(ParseOci, ReadsLabelsAndTheAnnotationForLandlock) {
  json config = minimal();
  config["process"]["apparmorProfile"] = "p";
  config["process"]["selinuxLabel"] = "u:r:t:s0";
  config["linux"]["mountLabel"] = "u:r:f:s0";
  config["annotations"][kLandlockAnnotation] =
      R"({"tcpBind": [80], "scope": ["signals"], "prefer": true})";
  const Spec spec = parsed(config);
  EXPECT_EQ(spec.labels, (Labels{"p", "u:r:t:s0", "u:r:f:s0"}));
  ASSERT_TRUE(spec.landlock);
  EXPECT_FALSE(spec.landlock->by_mounts);
  EXPECT_EQ(spec.landlock->tcp_bind, std::set<std::uint16_t>{80});
  EXPECT_FALSE(spec.landlock->tcp_connect);
  EXPECT_TRUE(spec.landlock->scope_signals);
  EXPECT_FALSE(spec.landlock->scope_abstract);
  EXPECT_EQ(spec.prefer.count("landlock"), 1U);
  EXPECT_FALSE(parsed(minimal()).landlock);
}

TEST(ParseOci, SaysWhatIsWrongInsideTheAnnotation) {
  for (const char* text :
       {"", "{", R"({"files": "all"})", R"({"tcpBind": 80})",
        R"({"tcpConnect": [65536]})", R"({"scope": ["files"]})",
        R"({"unknown": 1})", R"({"prefer": "yes"})"}) {
    EXPECT_THAT(pointers_with("/annotations", {{kLandlockAnnotation, text}}),
                testing::Contains("/annotations/bulkhead.landlock"))
        << text;
  }
  EXPECT_THAT(pointers_with("/annotations", "x"), ElementsAre("/annotations"));
}

TEST(ParseOci, TakesWhatIsMentionedAndNotAsked) {
  json config = minimal();
  config.merge_patch(json::parse(R"({
    "annotations": {"a": "b"},
    "hooks": {"prestart": [], "poststop": null},
    "hostname": "",
    "process": {"terminal": false, "apparmorProfile": "", "selinuxLabel": "",
                "consoleSize": {"height": 0, "width": 0}},
    "linux": {"mountLabel": "", "rootfsPropagation": "", "intelRdt": {},
              "resources": {"blockIO": {}, "hugepageLimits": [],
                            "memory": {"disableOOMKiller": false, "kernel": 0,
                                       "limit": -1, "swap": -1},
                            "cpu": {"shares": 0, "quota": -1, "cpus": ""},
                            "pids": {"limit": -1}}}
  })"));
  config["linux"]["resources"]["network"] = nullptr;
  const Spec spec = parsed(config);
  EXPECT_FALSE(spec.resources.any_limit());
  EXPECT_FALSE(spec.hostname);
}

TEST(ParseOci, RefusesUnknownFieldsEverywhere) {
  for (const char* place : {"/x", "/process/x", "/process/user/x",
                            "/process/capabilities/x", "/root/x", "/linux/x",
                            "/linux/resources/x", "/linux/resources/memory/x",
                            "/linux/resources/cpu/x", "/linux/resources/pids/x",
                            "/linux/seccomp/x", "/linux/timeOffsets/x"}) {
    const auto pointers = pointers_with(place, 1);
    EXPECT_THAT(pointers, testing::Contains(std::string(place)));
  }
  EXPECT_THAT(pointers_with("/a~1b~0c", 1), ElementsAre("/a~1b~0c"));
}

TEST(ParseOci, ComplainsAboutEverythingAtOnce) {
  const auto spec = parse_oci(kManyMistakes, "/bundle");
  ASSERT_FALSE(spec);
  std::vector<std::string> pointers;
  for (const Complaint& complaint : spec.error()) {
    pointers.push_back(complaint.pointer);
    EXPECT_FALSE(complaint.text.empty());
  }
  EXPECT_THAT(
      pointers,
      testing::UnorderedElementsAre(
          "/ociVersion", "/root/path", "/root/readonly", "/process/args",
          "/process/cwd", "/process/env/1", "/process/user/uid",
          "/process/user/umask", "/process/capabilities/bounding/0",
          "/process/rlimits/0/type", "/process/rlimits/0/hard",
          "/process/rlimits/1/soft", "/process/oomScoreAdj",
          "/process/noNewPrivileges", "/mounts/0/destination",
          "/mounts/0/options/1", "/mounts/1/destination", "/mounts/1/source",
          "/mounts/2/type", "/mounts/3/options/0", "/mounts/3/options/1",
          "/mounts/4/destination", "/linux/namespaces/1/type",
          "/linux/namespaces/2/type", "/linux/namespaces/3/path",
          "/linux/uidMappings/0/size", "/linux/devices/0/type",
          "/linux/maskedPaths/0", "/linux/cgroupsPath",
          "/linux/resources/memory/swap", "/linux/resources/pids/limit",
          "/linux/resources/cpu/shares", "/linux/resources/cpu/cpus",
          "/linux/resources/devices/0/type",
          "/linux/resources/devices/0/access", "/linux/seccomp/defaultAction",
          "/linux/seccomp/architectures/0", "/linux/seccomp/syscalls/0/names",
          "/linux/seccomp/syscalls/0/errnoRet",
          "/linux/seccomp/syscalls/0/args/0/index",
          "/linux/seccomp/syscalls/0/args/0/op", "/linux/sysctl/a"));
}

TEST(ParseOci, SaysWhatWouldBeRight) {
  json config = minimal();
  config["linux"]["namespaces"] = {{{"type", "net"}}};
  const auto complaints = complaints_of(config);
  ASSERT_EQ(complaints.size(), 1U);
  EXPECT_EQ(complaints[0].pointer, "/linux/namespaces/0/type");
  EXPECT_THAT(complaints[0].text, HasSubstr("network"));
}

class Bundle : public testing::Test {
 protected:
  void SetUp() override {
    char path[] = "/tmp/bulkhead-bundle-XXXXXX";
    ASSERT_NE(mkdtemp(path), nullptr);
    directory_ = path;
  }
  void TearDown() override {
    unlink(config().c_str());
    rmdir(directory_.c_str());
  }
  [[nodiscard]] std::string config() const {
    return directory_ + "/config.json";
  }
  std::string directory_;
};

TEST_F(Bundle, IsLoaded) {
  std::ofstream(config()) << minimal().dump();
  const auto spec = load_bundle(directory_);
  ASSERT_TRUE(spec) << spec.error().message();
  EXPECT_EQ(spec->rootfs.path, directory_ + "/rootfs");
}

TEST_F(Bundle, JoinsItsComplaintsALineEach) {
  std::ofstream(config()) << R"({"ociVersion":"1.0.2","x":1,"y":2})";
  const auto spec = load_bundle(directory_);
  ASSERT_FALSE(spec);
  EXPECT_EQ(spec.error().kind, ErrorKind::kRuntime);
  EXPECT_THAT(spec.error().message(), HasSubstr("\n  /x: "));
  EXPECT_THAT(spec.error().message(), HasSubstr("\n  /y: "));
}

TEST_F(Bundle, ThatIsMissingOrNoFileSaysSo) {
  const auto missing = load_bundle(directory_);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().errno_value, ENOENT);
  ASSERT_EQ(mkfifo(config().c_str(), 0600), 0);
  EXPECT_FALSE(load_bundle(directory_)) << "and does not hang";
}

TEST_F(Bundle, ThatIsTooLargeIsNotRead) {
  ASSERT_EQ(truncate((std::ofstream(config()), config()).c_str(),
                     kMaxConfigBytes + 1),
            0);
  const auto spec = load_bundle(directory_);
  ASSERT_FALSE(spec);
  EXPECT_THAT(spec.error().message(), HasSubstr("larger"));
}

}  // namespace
}  // namespace bulkhead
