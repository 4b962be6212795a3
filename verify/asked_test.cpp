#include "verify/asked.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace bulkhead::verify::asked_test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class AskedBundle : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "asked-XXXXXX").string();
    directory_ = mkdtemp(name.data());
    config_ = {{"ociVersion", "1.0.2"},
               {"root", {{"path", "rootfs"}}},
               {"process", {{"args", {"sh"}}, {"cwd", "/"}}}};
  }
  void TearDown() override { fs::remove_all(directory_); }

  Result<Asked> read() {
    std::ofstream(directory_ + "/config.json") << config_.dump();
    return read_asked(directory_);
  }

  std::string directory_;
  json config_;
};

TEST_F(AskedBundle, GivesTheUsersWordsWithNothingButThePlacesReplaced) {
  config_["process"]["terminal"] = true;
  config_["process"]["ioPriority"]["class"] = "IOPRIO_CLASS_RT";
  config_["annotations"]["a"] = "b";
  config_["mounts"] = {{{"destination", "/a"},
                        {"source", "sub"},
                        {"type", "bind"},
                        {"options", {"bind", "ro"}}}};
  const auto asked = read();
  ASSERT_TRUE(asked) << asked.error().message();
  json wanted = config_;
  wanted["root"]["path"] = "/r";
  wanted["process"]["terminal"] = false;
  wanted["linux"]["cgroupsPath"] = "/c";
  wanted["mounts"][0]["source"] = asked->directory + "/sub";
  EXPECT_EQ(config_for(*asked, false, "/r", "/c"), wanted);
  const json reduced = config_for(*asked, true, "/r", "/c");
  EXPECT_FALSE(reduced["process"].contains("ioPriority"));
}

TEST_F(AskedBundle, IsAUsageErrorWithEveryComplaintWhereItIsMalformed) {
  config_["process"]["cwd"] = "x";
  config_["process"]["umask"] = 18;
  config_["root"].erase("path");
  const auto asked = read();
  ASSERT_FALSE(asked);
  EXPECT_EQ(asked.error().kind, ErrorKind::kUsage);
  EXPECT_THAT(asked.error().message(), HasSubstr("/process/cwd"));
  EXPECT_THAT(asked.error().message(), HasSubstr("/root/path"));
  EXPECT_EQ(read_asked("/no/such").error().kind, ErrorKind::kUsage);
}

TEST_F(AskedBundle, KeepsWhatTheBoxWouldHideAndSaysWhatItCannotShow) {
  fs::create_directory(directory_ + "/data");
  config_["mounts"] = {{{"destination", "/data"},
                        {"source", directory_ + "/data"},
                        {"type", "bind"}},
                       {{"destination", "/proc2"},
                        {"source", "/proc/bus"},
                        {"type", "bind"},
                        {"options", {"ro"}}}};
  const auto asked = read();
  ASSERT_TRUE(asked);
  EXPECT_THAT(asked->keep, ElementsAre(fs::canonical(directory_ + "/data")));
  EXPECT_THAT(asked->not_examined,
              ElementsAre(HasSubstr("mount /data: the crash box shows"),
                          HasSubstr("mount /proc2: /proc/bus is the crash")));
}

TEST_F(AskedBundle, TellsTheProbesOnlyWhatTheConfigNames) {
  config_["mounts"] = {
      {{"destination", "/a"}, {"type", "tmpfs"}},
      {{"destination", "/b"}, {"type", "tmpfs"}, {"options", {"size=8k"}}},
      {{"destination", "/dev"}, {"type", "tmpfs"}},
      // Where the harness binds something of its own in the spec under test.
      {{"destination", "/mnt"}, {"type", "bind"}, {"source", "/usr"}}};
  config_["root"]["readonly"] = true;
  config_["linux"]["seccomp"] = {{"defaultAction", "SCMP_ACT_ERRNO"},
                                 {"defaultErrnoRet", 38}};
  const auto asked = read();
  ASSERT_TRUE(asked);
  probes::Facts facts = facts_of_asked(*asked, asked->config.spec, "");
  EXPECT_EQ(facts["tmpfs"], "/b 8192 4611686018427387904");
  EXPECT_THAT(facts["mounts"], HasSubstr("/:rootfs:ro;/dev:tmpfs:;"));
  EXPECT_EQ(facts["seccomp.errno"], "38");
  EXPECT_EQ(facts["scratch"], "/a");
  EXPECT_FALSE(facts.contains("bind.source"));
  EXPECT_FALSE(facts.contains("hostname"));
}

TEST_F(AskedBundle, DoesNotTryATmpfsThatTheMemoryLimitBoundsFirst) {
  config_["mounts"] = {
      {{"destination", "/a"}, {"type", "tmpfs"}, {"options", {"size=8m"}}},
      {{"destination", "/b"}, {"type", "tmpfs"}, {"options", {"size=33m"}}}};
  config_["linux"]["resources"]["memory"]["limit"] = 64 << 20;
  const auto asked = read();
  ASSERT_TRUE(asked);
  probes::Facts facts = facts_of_asked(*asked, asked->config.spec, "");
  EXPECT_EQ(facts["tmpfs"], "/a 8388608 4611686018427387904");
}

TEST_F(AskedBundle, KnowsWhomTheContainersRootIsOnTheHost) {
  Spec spec;
  EXPECT_EQ(root_of(spec), 0U);
  spec.uid_mappings = {{1, 7, 1}, {0, 1000, 1}};
  EXPECT_EQ(root_of(spec), 0U) << "no user namespace";
  spec.ns(NamespaceKind::kUser) = {NamespaceMode::kNew, {}};
  EXPECT_EQ(root_of(spec), 1000U);
  spec.uid_mappings.pop_back();
  EXPECT_EQ(root_of(spec), 7U);
}

}  // namespace
}  // namespace bulkhead::verify::asked_test
