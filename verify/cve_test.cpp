#include "verify/cve.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bulkhead::verify {
namespace {

using ::testing::HasSubstr;

probes::Probe probe_with(std::vector<std::string> references) {
  return {.id = "a/b", .references = std::move(references)};
}

TEST(Cve, IsANumberAndNothingElse) {
  EXPECT_TRUE(is_cve("CVE-2019-5736"));
  EXPECT_TRUE(is_cve("cve-2019-19921"));
  for (const char* other :
       {"", "CVE", "CVE-2019-", "CVE-2019-573", "CVE-2019-5736 (runc)",
        "CVE-19-5736", "CVE-2019x5736", "runc(8)", "xCVE-2019-5736"}) {
    EXPECT_FALSE(is_cve(other)) << other;
  }
}

TEST(Cve, IsFoundWholeAndInAnyCase) {
  const probes::Probe probe = probe_with({"runc(8)", "CVE-2019-19921"});
  EXPECT_TRUE(refers_to(probe, "CVE-2019-19921"));
  EXPECT_TRUE(refers_to(probe, "cve-2019-19921"));
  EXPECT_FALSE(refers_to(probe, "CVE-2019-1992"));
  EXPECT_FALSE(refers_to(probe, "CVE-2019-199210"));
  EXPECT_FALSE(refers_to(probe, "runc(8)"));
  EXPECT_FALSE(refers_to(probe, ""));
}

TEST(Cve, OrderIsThatOfTheNumbers) {
  const CveOrder before;
  EXPECT_TRUE(before("CVE-2018-18955", "CVE-2019-5736"));
  EXPECT_TRUE(before("CVE-2019-5736", "CVE-2019-10063"));
  EXPECT_FALSE(before("CVE-2019-10063", "CVE-2019-5736"));
  EXPECT_FALSE(before("CVE-2019-5736", "CVE-2019-5736"));
}

TEST(Cve, TheTableHoldsEveryReferenceOfTheCatalogue) {
  const CveTable table = known_cves();
  ASSERT_FALSE(table.empty());
  for (const probes::Probe& probe : probes::catalogue()) {
    for (const std::string& reference : probe.references) {
      if (reference.find("CVE") == std::string::npos) continue;
      // One that is written otherwise would be found by nobody.
      ASSERT_TRUE(table.contains(reference)) << probe.id << ": " << reference;
      EXPECT_THAT(table.at(reference), ::testing::Contains(probe.id));
    }
  }
}

TEST(Cve, AnUnknownOneIsAnsweredWithThoseThatAreKnown) {
  EXPECT_EQ(unknown_cve("cve-2019-5736"), "");
  EXPECT_THAT(unknown_cve("CVE-1999-0001"),
              HasSubstr("no probe refers to CVE-1999-0001; known are CVE-"));
  EXPECT_THAT(unknown_cve("\033[2J"), HasSubstr("\\x1b[2J; known are"));
}

}  // namespace
}  // namespace bulkhead::verify
