// What a document says against itself must never come out green.
#include "verify/page_runs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "verify/page_model.h"
#include "verify/page_samples.h"

namespace bulkhead::verify::page_runs_test {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// The runs of one document.
std::vector<PageRun> runs_in(const json& document) {
  return runs_of({{"now.json", document}});
}

/// proven_report() in which the record of pidns/a was spoilt.
PageRecord spoilt(void (*damage)(json& record)) {
  json document = to_document(proven_report());
  damage(document["records"][0]);
  const auto runs = runs_in(document);
  return runs.at(0).records.at(0);
}

TEST(PageRuns, WhatIsProvenStays) {
  const auto runs = runs_in(to_document(proven_report()));
  ASSERT_EQ(runs.size(), 1U);
  EXPECT_EQ(runs[0].machine(false), "6.1.0, cgroup v2");
  EXPECT_EQ(runs[0].machine(true), "6.1.0, cgroup v2, x86_64");
  EXPECT_THAT(runs[0].defects, IsEmpty());
  ASSERT_EQ(runs[0].records.size(), 3U);
  EXPECT_EQ(runs[0].records[0].verdict, Verdict::kContained);
  EXPECT_EQ(runs[0].records[1].verdict, Verdict::kEscaped);
  EXPECT_EQ(runs[0].records[2].verdict, Verdict::kUnsupported);
  for (const PageRecord& record : runs[0].records) {
    EXPECT_THAT(record.defects, IsEmpty()) << record.probe;
  }
}

TEST(PageRuns, ADamagedRecordIsInconclusiveAndSaysWhy) {
  struct Damage {
    const char* said;
    void (*damage)(json& record);
  };
  const Damage damages[] = {
      {"is \"fine\", where one of", [](json& it) { it["verdict"] = "fine"; }},
      {"has no \"verdict\"", [](json& it) { it.erase("verdict"); }},
      {"has no \"control\"", [](json& it) { it.erase("control"); }},
      {"has no \"claim\"", [](json& it) { it.erase("claim"); }},
      {"of which this program knows nothing",
       [](json& it) { it["weather"] = "fine"; }},
      {"/control is null", [](json& it) { it["control"] = nullptr; }},
      {"/witness/outcome is \"broken\"",
       [](json& it) { it["witness"]["outcome"] = "broken"; }},
      {"/by is null", [](json& it) { it["by"] = nullptr; }},
      {"its kernel is '5.10.0'", [](json& it) { it["kernel"] = "5.10.0"; }},
      {"its subject is 'none'",
       [](json& it) { it["subject"]["name"] = "none"; }},
      {"its spec_digest is",
       [](json& it) { it["spec_digest"] = "sha256:" + std::string(64, '0'); }},
      {"its boundary is 'netns'", [](json& it) { it["boundary"] = "netns"; }},
      {"the outside half could not be tried",
       [](json& it) {
         it["outside"] = it["attempt"];
         it["outside"]["outcome"] = "broken";
       }},
  };
  for (const auto& [said, damage] : damages) {
    const PageRecord record = spoilt(damage);
    EXPECT_EQ(record.verdict, Verdict::kInconclusive) << said;
    ASSERT_THAT(record.defects, Not(IsEmpty())) << said;
    std::string all;
    for (const std::string& why : record.defects) all += why + "\n";
    EXPECT_THAT(all, HasSubstr(said));
  }
}

TEST(PageRuns, AnAttemptThatGotThroughIsRedWhateverTheVerdict) {
  EXPECT_EQ(spoilt([](json& it) { it["outside"] = it["control"]; }).verdict,
            Verdict::kEscaped);
}

TEST(PageRuns, ADamagedEscapeStaysAnEscape) {
  json document = to_document(proven_report());
  document["records"][1].erase("claim");
  const auto runs = runs_in(document);
  EXPECT_EQ(runs[0].records[1].verdict, Verdict::kEscaped);
  EXPECT_THAT(runs[0].records[1].defects, Not(IsEmpty()));
}

TEST(PageRuns, AWaiverOnADamagedRecordIsNotHonoured) {
  Report report = proven_report();
  report.runs[0].records[1].waived = Waived{"known", "2030-01-31"};
  json document = to_document(report);
  EXPECT_TRUE(runs_in(document)[0].records[1].waived);
  document["records"][1]["waived"].erase("until");
  const auto runs = runs_in(document);
  EXPECT_FALSE(runs[0].records[1].waived);
  EXPECT_EQ(runs[0].records[1].verdict, Verdict::kEscaped);
}

TEST(PageRuns, ASummaryThatContradictsTurnsTheWholeRun) {
  void (*const damages[])(json&) = {
      [](json& it) { it["records"].erase(0); },
      [](json& it) { it["summary"]["contained"] = 2; },
      [](json& it) { it["summary"].erase("escaped"); },
      [](json& it) { it["summary"] = json::array(); },
      [](json& it) { it["summary"]["escaped_probes"] = {"pidns/a"}; },
      [](json& it) { it["summary"]["escaped_probes"] = json::array(); }};
  for (const auto damage : damages) {
    json document = to_document(proven_report());
    damage(document);
    const auto runs = runs_in(document);
    EXPECT_THAT(runs[0].defects, ElementsAre(HasSubstr("its summary")));
    for (const PageRecord& record : runs[0].records) {
      EXPECT_EQ(record.verdict, record.probe == "pidns/b"
                                    ? Verdict::kEscaped
                                    : Verdict::kInconclusive);
    }
  }
}

TEST(PageRuns, ARunWithoutRecordsIsNoGreen) {
  Report report = proven_report();
  report.runs[0].records.clear();
  const auto runs = runs_in(to_document(report));
  EXPECT_THAT(runs[0].defects, ElementsAre("it has no record at all"));
  EXPECT_EQ(result_of(runs), "inconclusive");
  EXPECT_EQ(title_of(runs),
            "1 kernel, 1 subject, 0 probes: no escape, nothing contained, 1 "
            "run without a record");
}

TEST(PageRuns, TwoRecordsOfOneProbeProveNothing) {
  Report report = proven_report();
  report.runs[0].records.push_back(report.runs[0].records[0]);
  const auto runs = runs_in(to_document(report));
  EXPECT_EQ(runs[0].records[0].verdict, Verdict::kInconclusive);
  EXPECT_EQ(runs[0].records[3].verdict, Verdict::kInconclusive);
}

TEST(PageRuns, WhatOneRunLacksIsMissingThere) {
  Report less = proven_report("5.10.0");
  less.runs[0].records.erase(less.runs[0].records.begin());
  const auto runs = runs_of({document_of(proven_report()), document_of(less)});
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_THAT(runs[1].defects, IsEmpty());
  const PageRecord* missing = runs[1].find("pidns/a");
  ASSERT_NE(missing, nullptr);
  EXPECT_TRUE(missing->missing);
  EXPECT_EQ(missing->verdict, Verdict::kInconclusive);
  EXPECT_EQ(missing->boundary, "pidns");
  EXPECT_EQ(count(runs).missing, 1U);
  EXPECT_EQ(count(runs).inconclusive, 1U);
}

TEST(PageRuns, TheSameSubjectTwiceOnOneMachineIsToldApart) {
  const auto runs =
      runs_of({document_of(proven_report()), document_of(proven_report()),
               document_of(proven_report("5.10.0"))});
  EXPECT_EQ(runs[0].subject, "crun");
  EXPECT_EQ(runs[1].subject, "crun (2)");
  EXPECT_EQ(runs[2].subject, "crun");
}

TEST(PageRuns, WhatIsNoReportSaysWhereAndWhatWouldBeRight) {
  EXPECT_EQ(not_a_report(to_document(proven_report())), "");
  const auto why = [](void (*damage)(json&)) {
    json document = to_document(proven_report());
    damage(document);
    return not_a_report(document);
  };
  EXPECT_THAT(why([](json& it) { it = 7; }), HasSubstr("it is 7"));
  EXPECT_THAT(why([](json& it) { it = json::object(); }),
              HasSubstr("it has no \"schema\" (and"));
  EXPECT_EQ(why([](json& it) { it["schema"] = "bulkhead.verify/2"; }),
            "/schema is \"bulkhead.verify/2\", where \"bulkhead.verify/1\" "
            "belongs");
  EXPECT_EQ(why([](json& it) { it.erase("machine"); }),
            "it has no \"machine\"");
  EXPECT_EQ(why([](json& it) { it["machine"]["cgroups"] = "v3"; }),
            "/machine/cgroups is \"v3\", where one of \"v1\", \"v2\", \"none\" "
            "belongs");
  EXPECT_EQ(why([](json& it) { it["records"] = nullptr; }),
            "/records is null, where the type array belongs");
  EXPECT_THAT(why([](json& it) { it["runs"] = json::array(); }),
              HasSubstr("knows nothing"));
}

TEST(PageTitle, SaysTheResult) {
  EXPECT_EQ(title_of(runs_of({document_of(proven_report()),
                              document_of(proven_report("5.10.0"))})),
            "2 kernels, 1 subject, 3 probes: 2 escapes in 1 subject, 2 "
            "unsupported");
  Report report = proven_report();
  report.runs[0].records.pop_back();
  report.runs[0].records[1].waived = Waived{"known", "2030-01-31"};
  auto runs = runs_in(to_document(report));
  EXPECT_EQ(title_of(runs),
            "1 kernel, 1 subject, 2 probes: no escape, 1 waived");
  EXPECT_EQ(result_of(runs), "waived");
  report.runs[0].records.pop_back();
  runs = runs_in(to_document(report));
  EXPECT_EQ(title_of(runs), "1 kernel, 1 subject, 1 probe: no escape");
  EXPECT_EQ(result_of(runs), "contained");
  report.runs[0].records = {proven_record("pidns/a", Verdict::kUnsupported)};
  runs = runs_in(to_document(report));
  EXPECT_EQ(title_of(runs),
            "1 kernel, 1 subject, 1 probe: no escape, 1 unsupported, nothing "
            "contained");
  EXPECT_EQ(result_of(runs), "inconclusive");
}

}  // namespace
}  // namespace bulkhead::verify::page_runs_test
