#include "verify/feature.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "verify/facts.h"

namespace bulkhead::verify::feature_test {
namespace {

using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;

const Part& part_of(Feature feature) {
  return parts().at(static_cast<std::size_t>(feature));
}

TEST(Feature, EachIsAPartOnceAndInOrder) {
  ASSERT_EQ(parts().size(), static_cast<std::size_t>(Feature::kEnd));
  for (std::size_t i = 0; i < parts().size(); ++i) {
    EXPECT_EQ(static_cast<std::size_t>(parts()[i].feature), i)
        << parts()[i].name;
  }
}

TEST(Feature, TheSpecUnderTestAsksForAllButWhatItsRootHas) {
  const Spec spec = tested_spec("0123456789abcdef", {.cgroups = "v1"});
  for (const Part& part : parts()) {
    // Its workload is root, has no capability to keep, and without cgroups
    // there is no limit to ask for.
    const bool unasked = part.feature == Feature::kUser ||
                         part.feature == Feature::kSomeCapabilities ||
                         part.feature == Feature::kSwap;
    EXPECT_EQ(part.asked(spec).empty(), unasked) << part.name;
  }
}

TEST(Feature, AnEmptySpecAsksForNothingButADirectory) {
  Spec spec;
  spec.rootfs = {.read_only = false,
                 .nosuid = false,
                 .nodev = false,
                 .idmap = false,
                 .pivot = false};
  spec.session = {.new_keyring = false,
                  .setsid = false,
                  .clean_environment = false,
                  .reset_inherited = false,
                  .close_fds = false};
  for (const Part& part : parts()) {
    EXPECT_EQ(part.asked(spec).empty(), part.feature != Feature::kCwd)
        << part.name;
  }
}

TEST(Feature, AVariableIsSplitAtItsFirstEqualsSign) {
  Spec spec;
  spec.process.environment = {"A= b=c ", "no variable"};
  const auto asked = part_of(Feature::kEnvironment).asked(spec);
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_THAT(asked[0], ::testing::UnorderedElementsAre(
                            Pair("name", "A"), Pair("value", " b=c ")));
}

TEST(Feature, ADeviceRuleIsALineOfTheDeviceCgroup) {
  Spec spec;
  spec.resources.devices = {
      {}, {.allow = true, .type = 'c', .major = 136, .access = "rw"}};
  const auto asked = part_of(Feature::kDeviceRules).asked(spec);
  ASSERT_EQ(asked.size(), 2U);
  EXPECT_EQ(asked[0].at("verb") + " " + asked[0].at("rule"), "deny a");
  EXPECT_EQ(asked[1].at("verb") + " " + asked[1].at("rule"),
            "allow c 136:* rw");
}

TEST(Feature, APathIsCoveredByItsKindAndOnlyIfItIsHere) {
  Spec spec;
  spec.masked_paths = {"/proc/version", "/proc/sys", "/proc/none such"};
  const auto asked = part_of(Feature::kMaskedProc).asked(spec);
  ASSERT_EQ(asked.size(), 2U);
  EXPECT_EQ(asked[0].at("relative"), "proc/version");
  EXPECT_EQ(asked[0].at("cover-source"), "/dev/null");
  EXPECT_EQ(asked[1].at("cover-type"), "tmpfs");
}

TEST(Feature, AnEndlessLimitHasAWordForEachTaste) {
  Spec spec;
  spec.process.rlimits = {{RLIMIT_NOFILE, 7, RLIM_INFINITY}};
  const auto asked = part_of(Feature::kRlimits).asked(spec);
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_EQ(asked[0].at("lower"), "nofile");
  EXPECT_EQ(asked[0].at("soft"), "7");
  EXPECT_EQ(asked[0].at("hard"), "infinity");
  EXPECT_EQ(asked[0].at("hard-number"), "-1");
  EXPECT_EQ(asked[0].at("hard-word"), "unlimited");
}

}  // namespace
}  // namespace bulkhead::verify::feature_test
