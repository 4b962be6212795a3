#include "verify/lenient_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/spec/oci.h"

namespace bulkhead::verify::lenient_config_test {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

json minimal() {
  return {{"ociVersion", "1.0.2"},
          {"root", {{"path", "rootfs"}}},
          {"process", {{"args", {"sh"}}, {"cwd", "/"}}},
          {"linux", {{"namespaces", {{{"type", "mount"}}}}}}};
}

std::vector<std::string> left_out(const json& config) {
  const auto read = parse_oci_leniently(config.dump(), "/bundle");
  EXPECT_TRUE(read) << to_string(read.error().front());
  std::vector<std::string> pointers;
  if (!read) return pointers;
  for (const Complaint& one : read->left_out) pointers.push_back(one.pointer);
  EXPECT_EQ(read->original, config);
  EXPECT_TRUE(parse_oci(read->reduced.dump(), "/bundle"));
  return pointers;
}

TEST(LenientConfig, LeavesAConfigThatIsUnderstoodAsItIs) {
  const auto read = parse_oci_leniently(minimal().dump(), "/bundle");
  ASSERT_TRUE(read);
  EXPECT_THAT(read->left_out, IsEmpty());
  EXPECT_EQ(read->reduced, minimal());
  EXPECT_EQ(read->spec, parse_oci(minimal().dump(), "/bundle").value());
}

TEST(LenientConfig, TakesOutWhatIsNotImplementedAndNamesIt) {
  json config = minimal();
  config["process"]["terminal"] = true;
  config["process"]["scheduler"]["policy"] = "SCHED_FIFO";
  config["hooks"]["prestart"] = {{{"path", "/bin/true"}}};
  config["linux"]["intelRdt"]["closID"] = "a";
  config["linux"]["resources"]["blockIO"]["weight"] = 10;
  config["linux"]["seccomp"] = {{"defaultAction", "SCMP_ACT_ERRNO"},
                                {"flags", {"SECCOMP_FILTER_FLAG_LOG"}}};
  config["linux"]["notInAnySpec"] = 1;
  EXPECT_THAT(
      left_out(config),
      UnorderedElementsAre("/process/terminal", "/process/scheduler", "/hooks",
                           "/linux/intelRdt", "/linux/resources/blockIO/weight",
                           "/linux/seccomp/flags", "/linux/notInAnySpec"));
}

TEST(LenientConfig, LeavesOutALabelThatNobodyHereCanSet) {
  json config = minimal();
  config["process"]["apparmorProfile"] = "docker-default";
  config["process"]["selinuxLabel"] = "u:r:t:s0";
  config["linux"]["mountLabel"] = "u:r:f:s0";
  auto read = parse_oci_leniently(config.dump(), "/bundle");
  ASSERT_TRUE(read);
  LenientConfig everywhere = *read;
  leave_out_labels({.apparmor = true, .selinux = true}, everywhere);
  EXPECT_THAT(everywhere.left_out, IsEmpty());
  EXPECT_EQ(everywhere.spec.labels.apparmor, "docker-default");
  leave_out_labels({}, *read);
  EXPECT_EQ(read->spec.labels, Labels{});
  EXPECT_EQ(read->left_out.size(), 3U);
  EXPECT_EQ(read->original, config);
  EXPECT_EQ(parse_oci(read->reduced.dump(), "/bundle").value(), read->spec);
}

TEST(LenientConfig, TakesElementsOutOfTheRightPlacesOfAList) {
  json config = minimal();
  for (int i = 0; i < 12; ++i) {
    config["mounts"].push_back({{"destination", "/m" + std::to_string(i)},
                                {"type", i % 3 == 1 ? "overlay" : "tmpfs"}});
  }
  config["mounts"][0]["options"] = {"huge=always", "size=4k", "huge=never"};
  const auto read = parse_oci_leniently(config.dump(), "/bundle");
  ASSERT_TRUE(read);
  std::vector<std::string> kept;
  for (const Mount& mount : read->spec.mounts) {
    kept.push_back(mount.destination);
  }
  EXPECT_THAT(kept, ElementsAre("/m0", "/m2", "/m3", "/m5", "/m6", "/m8", "/m9",
                                "/m11"));
  EXPECT_EQ(read->spec.mounts.front().size_bytes, 4096U);
  EXPECT_EQ(read->left_out.size(), 6U);
}

TEST(LenientConfig, AFilterWhoseActionIsUnknownIsTakenOutAsAWhole) {
  json config = minimal();
  config["linux"]["seccomp"] = {
      {"defaultAction", "SCMP_ACT_ERRNO"},
      {"syscalls",
       {{{"names", {"read"}}, {"action", "SCMP_ACT_ALLOW"}},
        {{"names", {"mount"}}, {"action", "SCMP_ACT_NOTIFY"}}}}};
  const auto read = parse_oci_leniently(config.dump(), "/bundle");
  ASSERT_TRUE(read);
  ASSERT_EQ(read->spec.seccomp->rules.size(), 1U);
  EXPECT_THAT(read->spec.seccomp->rules.front().names, ElementsAre("read"));
  config["linux"]["seccomp"]["defaultAction"] = "SCMP_ACT_TRACE";
  const auto without = parse_oci_leniently(config.dump(), "/bundle");
  ASSERT_TRUE(without);
  EXPECT_FALSE(without->spec.seccomp);
}

TEST(LenientConfig, CollectsEverythingThatIsMalformed) {
  json config = minimal();
  config["process"]["terminal"] = true;
  config["process"]["cwd"] = "relative";
  config["linux"]["namespaces"][0]["type"] = "moon";
  const auto read = parse_oci_leniently(config.dump(), "/bundle");
  ASSERT_FALSE(read);
  std::vector<std::string> pointers;
  for (const Complaint& one : read.error()) pointers.push_back(one.pointer);
  EXPECT_THAT(pointers,
              UnorderedElementsAre("/process/cwd", "/linux/namespaces/0/type"));
}

TEST(LenientConfig, WhatIsMalformedIsThatWhateverWordsItHolds) {
  json config = minimal();
  config["process"]["cwd"] = "unknown field: not implemented: it is always";
  const auto read = parse_oci_leniently(config.dump(), "/bundle");
  ASSERT_FALSE(read);
  ASSERT_EQ(read.error().size(), 1U);
  EXPECT_EQ(read.error().front().pointer, "/process/cwd");
}

TEST(LenientConfig, RefusesWhatIsNoConfigAtAll) {
  for (const char* text :
       {"", "{", "[]", "null", "\"not implemented\"", R"({"a":1,"a":2})"}) {
    const auto read = parse_oci_leniently(text, "/bundle");
    ASSERT_FALSE(read) << text;
    EXPECT_THAT(read.error(), testing::Not(IsEmpty())) << text;
  }
}

}  // namespace
}  // namespace bulkhead::verify::lenient_config_test
