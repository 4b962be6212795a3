#include "verify/cve.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bulkhead::verify::cve_test {
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

/// CVEs by what they have in common; what tells one of them apart tells all.
struct CveClass {
  const char* what;
  std::vector<const char*> cves;
};

const std::vector<CveClass>& cve_classes() {
  static const std::vector<CveClass> kClasses = {
      {"leaked descriptors and directories",
       {"CVE-2016-9962", "CVE-2024-21626"}},
      {"the runtime's own program", {"CVE-2019-5736"}},
      {"links in the image at /proc",
       {"CVE-2019-16884", "CVE-2019-19921", "CVE-2023-27561", "CVE-2023-28642",
        "CVE-2025-52881"}},
      {"links in the image at /dev", {"CVE-2026-41579", "CVE-2026-47766"}},
      {"links at other mount points", {"CVE-2021-30465", "CVE-2024-45310"}},
      {"sources of masks and consoles", {"CVE-2025-31133", "CVE-2025-52565"}},
      {"abstract sockets", {"CVE-2020-15257"}},
      {"release_agent and writable cgroups",
       {"CVE-2022-0492", "CVE-2023-25809", "CVE-2021-4197"}},
      {"core_pattern", {"CVE-2022-0811"}},
      {"inheritable capabilities",
       {"CVE-2022-24769", "CVE-2022-27649", "CVE-2022-29162"}},
      {"supplementary groups",
       {"CVE-2022-36109", "CVE-2022-2989", "CVE-2022-2990"}},
      {"groups that keep out", {"CVE-2014-8989", "CVE-2018-7169"}},
      {"input pushed into a terminal",
       {"CVE-2017-5226", "CVE-2019-10063", "CVE-2019-7303", "CVE-2023-28100"}},
      {"id maps", {"CVE-2018-18955"}},
      {"nested user namespaces", {"CVE-2022-0185", "CVE-2023-0386"}},
      {"mounts of a user namespace",
       {"CVE-2014-5206", "CVE-2014-5207", "CVE-2014-7970", "CVE-2014-7975"}},
      {"the page cache", {"CVE-2022-0847", "CVE-2026-31431"}},
      {"power as a side channel", {"CVE-2020-8694"}},
      {"the caller's environment", {"CVE-2025-23266"}},
      {"the wrong user", {"CVE-2026-30892", "CVE-2016-3697", "CVE-2019-11245"}},
      {"raw and packet sockets",
       {"CVE-2020-13401", "CVE-2020-10749", "CVE-2020-14386"}},
      {"other architectures' calls", {"CVE-2009-0835"}},
      {"core dumps", {"CVE-2015-1318"}},
  };
  return kClasses;
}

TEST(Cve, EveryClassOfTheCatalogueHasAProbe) {
  const CveTable table = known_cves();
  ASSERT_GE(cve_classes().size(), 20U);
  for (const CveClass& one : cve_classes()) {
    for (const char* cve : one.cves) {
      EXPECT_TRUE(table.contains(cve)) << one.what << ": " << cve;
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
}  // namespace bulkhead::verify::cve_test
