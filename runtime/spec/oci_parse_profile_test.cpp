#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/capability.h>

#include <nlohmann/json.hpp>

#include "runtime/spec/names.h"
#include "runtime/spec/oci.h"

namespace bulkhead::profile_test {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;

constexpr CapabilityMask kAdmin = capability_bit(CAP_SYS_ADMIN);
constexpr CapabilityMask kTwo = kAdmin | capability_bit(CAP_NET_RAW);

/// The names of the rules that are left of a profile with `rule`.
std::vector<std::string> left_of(const json& rule, CapabilityMask granted) {
  const json profile = {{"defaultAction", "SCMP_ACT_ERRNO"},
                        {"syscalls", {rule}}};
  const auto seccomp = parse_seccomp_profile(profile.dump(), granted);
  EXPECT_TRUE(seccomp) << to_string(seccomp.error().at(0));
  std::vector<std::string> names;
  for (const SeccompRule& one : seccomp->rules) {
    names.insert(names.end(), one.names.begin(), one.names.end());
  }
  return names;
}

json allow(const char* name) {
  return {{"names", {name}}, {"action", "SCMP_ACT_ALLOW"}};
}

json when(const char* member, const char* kind, const json& value) {
  json rule = allow("bpf");
  rule[member] = {{kind, value}};
  return rule;
}

/// The one complaint about a profile.
Complaint complaint_of(const json& profile) {
  const auto seccomp = parse_seccomp_profile(profile.dump(), 0);
  if (seccomp || seccomp.error().size() != 1) {
    ADD_FAILURE() << profile;
    return {};
  }
  return seccomp.error()[0];
}

json with_rule(json rule) {
  return {{"defaultAction", "SCMP_ACT_ERRNO"}, {"syscalls", {std::move(rule)}}};
}

TEST(SeccompProfile, IsAnOciObjectAlone) {
  EXPECT_THAT(left_of(allow("read"), 0), ElementsAre("read"));
  EXPECT_FALSE(
      parse_seccomp_profile(R"({"defaultAction":"SCMP_ACT_TRACE"})", 0));
}

TEST(SeccompProfile, IncludesByAllOfTheCapabilities) {
  const json rule = when("includes", "caps", {"CAP_SYS_ADMIN", "CAP_NET_RAW"});
  EXPECT_THAT(left_of(rule, 0), ElementsAre());
  EXPECT_THAT(left_of(rule, kAdmin), ElementsAre());
  EXPECT_THAT(left_of(rule, kTwo), ElementsAre("bpf"));
}

TEST(SeccompProfile, ExcludesByAnyOfTheCapabilities) {
  const json rule = when("excludes", "caps", {"CAP_SYS_ADMIN", "CAP_NET_RAW"});
  EXPECT_THAT(left_of(rule, 0), ElementsAre("bpf"));
  EXPECT_THAT(left_of(rule, kAdmin), ElementsAre());
}

TEST(SeccompProfile, KnowsTheArchitectureByItsNameInGo) {
#if defined(__x86_64__)
  const char* const native = "amd64";
#else
  const char* const native = "arm64";
#endif
  EXPECT_THAT(left_of(when("includes", "arches", {"s390x", native}), 0),
              ElementsAre("bpf"));
  EXPECT_THAT(left_of(when("includes", "arches", {"s390x"}), 0), ElementsAre());
  EXPECT_THAT(left_of(when("excludes", "arches", {native}), 0), ElementsAre());
  EXPECT_THAT(left_of(when("excludes", "arches", {"s390x"}), 0),
              ElementsAre("bpf"));
}

TEST(SeccompProfile, AsksTheRunningKernel) {
  EXPECT_THAT(left_of(when("includes", "minKernel", "4.8"), 0),
              ElementsAre("bpf"));
  EXPECT_THAT(left_of(when("includes", "minKernel", "999.0"), 0),
              ElementsAre());
  EXPECT_THAT(left_of(when("excludes", "minKernel", "4.8"), 0), ElementsAre());
  EXPECT_THAT(left_of(when("excludes", "minKernel", "4.999"), 0),
              ElementsAre());
  EXPECT_THAT(left_of(when("excludes", "minKernel", "999.0"), 0),
              ElementsAre("bpf"));
}

TEST(SeccompProfile, TakesWhatIsEmptyAndOldNames) {
  json rule = {{"name", "bpf"},
               {"action", "SCMP_ACT_ALLOW"},
               {"args", json()},
               {"comment", "of old"},
               {"includes", {{"caps", json()}}},
               {"excludes", json::object()}};
  EXPECT_THAT(left_of(rule, 0), ElementsAre("bpf"));
}

TEST(SeccompProfile, TakesTheSubarchitecturesOfTheNativeOne) {
  const json profile = json::parse(R"({
      "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38,
      "defaultErrno": "ENOSYS",
      "archMap": [
        {"architecture": "SCMP_ARCH_S390X",
         "subArchitectures": ["SCMP_ARCH_S390"]},
        {"architecture": "SCMP_ARCH_X86_64",
         "subArchitectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"]},
        {"architecture": "SCMP_ARCH_AARCH64",
         "subArchitectures": ["SCMP_ARCH_ARM"]}]})");
  const auto seccomp = parse_seccomp_profile(profile.dump(), 0);
  ASSERT_TRUE(seccomp);
  EXPECT_EQ(seccomp->default_errno_return, 38U);
#if defined(__x86_64__)
  EXPECT_THAT(
      seccomp->architectures,
      ElementsAre("SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"));
#else
  EXPECT_THAT(seccomp->architectures,
              ElementsAre("SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"));
#endif
}

TEST(SeccompProfile, AnErrnoMayBeNamed) {
  json rule = {
      {"names", {"bpf"}}, {"action", "SCMP_ACT_ERRNO"}, {"errno", "EINVAL"}};
  const auto seccomp = parse_seccomp_profile(with_rule(rule).dump(), 0);
  ASSERT_TRUE(seccomp);
  EXPECT_EQ(seccomp->rules.at(0).errno_return, 22U);
}

MATCHER_P2(Complains, pointer, text, "") {
  return ExplainMatchResult(AllOf(Field(&Complaint::pointer, pointer),
                                  Field(&Complaint::text, HasSubstr(text))),
                            arg, result_listener);
}

TEST(SeccompProfile, SaysWhatIsWrongAndWhere) {
  EXPECT_THAT(complaint_of(with_rule(
                  when("includes", "caps", {"CAP_NET_RAW", "CAP_SYSADMIN"}))),
              Complains("/syscalls/0/includes/caps/1", "CAP_SYSADMIN"));
  EXPECT_THAT(complaint_of(with_rule(when("includes", "minKernel", "four"))),
              Complains("/syscalls/0/includes/minKernel", "no version"));
  EXPECT_THAT(complaint_of(with_rule(when("includes", "cap", {"CAP_BPF"}))),
              Complains("/syscalls/0/includes/cap", "unknown field"));
  EXPECT_THAT(complaint_of(with_rule({{"action", "SCMP_ACT_ALLOW"}})),
              Complains("/syscalls/0/names", "missing"));
  json rule = {{"names", {"bpf"}},
               {"action", "SCMP_ACT_ERRNO"},
               {"errnoRet", 1},
               {"errno", "EINVAL"}};
  EXPECT_THAT(complaint_of(with_rule(rule)),
              Complains("/syscalls/0/errno", "the number beside it is 1"));
  rule["errno"] = "EBOGUS";
  EXPECT_THAT(complaint_of(with_rule(rule)),
              Complains("/syscalls/0/errno", "no errno"));
  rule = allow("bpf");
  rule["errno"] = "EPERM";
  EXPECT_THAT(complaint_of(with_rule(rule)),
              Complains("/syscalls/0/errno", "SCMP_ACT_ERRNO only"));
  const json map = {{{"architecture", "SCMP_ARCH_X86_64"}}};
  EXPECT_THAT(complaint_of({{"defaultAction", "SCMP_ACT_ERRNO"},
                            {"architectures", {"SCMP_ARCH_X86_64"}},
                            {"archMap", map}}),
              Complains("/archMap", "leave one out"));
  EXPECT_THAT(
      complaint_of({{"defaultAction", "SCMP_ACT_ERRNO"},
                    {"archMap", {{{"architecture", "SCMP_ARCH_Z80"}}}}}),
      Complains("/archMap/0/architecture", "no architecture"));
}

TEST(SeccompProfile, OfABundleHasNoConditions) {
  const json config = {
      {"ociVersion", "1.0.2"},
      {"linux",
       {{"seccomp", with_rule(when("includes", "caps", {"CAP_BPF"}))}}}};
  const auto spec = parse_oci(config.dump(), "/bundle");
  ASSERT_FALSE(spec);
  EXPECT_THAT(spec.error(),
              ::testing::Contains(Complains(
                  "/linux/seccomp/syscalls/0/includes", "unknown field")));
}

}  // namespace
}  // namespace bulkhead::profile_test
