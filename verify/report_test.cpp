#include "verify/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bulkhead::verify::report_test {
namespace {

using probes::Observation;
using probes::Outcome;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

Record record(const std::string& id, Verdict verdict) {
  Record made{.probe = id,
              .boundary = id.substr(0, id.find('/')),
              .claim = "claim of " + id,
              .remedy = "remedy",
              .verdict = verdict,
              .watches = {"pidns"},
              .references = {"CVE-1"},
              .repeat = "bulkhead verify --probe " + id};
  made.seen.attempt = Observation{
      .outcome = Outcome::kRefused, .error = 1, .evidence = "inside"};
  made.seen.control =
      Observation{.outcome = Outcome::kReached, .evidence = "red"};
  if (verdict == Verdict::kContained) {
    made.by = "mount";
  } else {
    made.reason = "why of " + id;
  }
  return made;
}

SubjectReport run(const std::string& name,
                  const std::vector<Verdict>& verdicts) {
  SubjectReport made{.name = name, .version = "1"};
  int number = 0;
  for (const Verdict verdict : verdicts) {
    made.records.push_back(
        record("pidns/p" + std::to_string(++number), verdict));
  }
  return made;
}

int status_of(const std::vector<std::vector<Verdict>>& runs) {
  Report report;
  for (const auto& verdicts : runs) report.runs.push_back(run("s", verdicts));
  return exit_status(report);
}

constexpr auto kC = Verdict::kContained;
constexpr auto kE = Verdict::kEscaped;
constexpr auto kU = Verdict::kUnsupported;
constexpr auto kI = Verdict::kInconclusive;

TEST(Report, TheExitStatusOfOneSubject) {
  EXPECT_EQ(status_of({{kC, kC}}), kExitContained);
  EXPECT_EQ(status_of({{kC, kU}}), kExitContained);
  EXPECT_EQ(status_of({{kC, kE}}), kExitEscaped);
  EXPECT_EQ(status_of({{kI, kE}}), kExitEscaped);
  EXPECT_EQ(status_of({{kC, kI}}), kExitInconclusive);
}

TEST(Report, NothingProvenIsNotSuccess) {
  EXPECT_EQ(status_of({}), kExitInconclusive);
  EXPECT_EQ(status_of({{}}), kExitInconclusive);
  EXPECT_EQ(status_of({{kU, kU}}), kExitInconclusive);
}

TEST(Report, TheWorstOfSeveralSubjects) {
  EXPECT_EQ(status_of({{kC}, {kC}}), kExitContained);
  EXPECT_EQ(status_of({{kC}, {kE}}), kExitEscaped);
  EXPECT_EQ(status_of({{kE}, {kI}}), kExitInconclusive);
}

TEST(Report, EveryRecordCountsOnce) {
  SubjectReport counted = run("s", {kC, kC, kE, kE, kU, kI});
  counted.records[2].waived = Waived{"r", "2030-01-01"};
  const Summary summary = summarise(counted);
  EXPECT_EQ(summary.contained, 2U);
  EXPECT_EQ(summary.escaped, 1U);
  EXPECT_EQ(summary.unsupported, 1U);
  EXPECT_EQ(summary.inconclusive, 1U);
  EXPECT_EQ(summary.waived, 1U);
  EXPECT_THAT(summary.escaped_probes, ElementsAre("pidns/p4"));
}

TEST(Report, OneSubjectIsOneObject) {
  Report report{.machine = {{"kernel", "6"}}};
  report.runs.push_back(run("crun", {kC, kE}));
  const auto document = to_document(report);
  EXPECT_EQ(document["schema"], "bulkhead.verify/1");
  EXPECT_EQ(document["subject"]["name"], "crun");
  EXPECT_EQ(document["summary"]["escaped"], 1);
  EXPECT_EQ(document["summary"]["escaped_probes"][0], "pidns/p2");
  for (const char* key :
       {"probe", "boundary", "verdict", "by", "attempt", "witness", "control",
        "outside", "evidence", "references", "repeat"}) {
    EXPECT_TRUE(document["records"][0].contains(key)) << key;
  }
  EXPECT_EQ(document["records"][0]["verdict"], "contained");
  EXPECT_TRUE(document["records"][0]["witness"].is_null());
  report.runs.push_back(run("runc", {kC}));
  const auto several = to_document(report);
  EXPECT_EQ(several["runs"].size(), 2U);
  EXPECT_FALSE(several.contains("records"));
}

TEST(Report, TheTerminalNamesWhatEscapedAndItsRedTwin) {
  Report report;
  report.runs.push_back(run("crun", {kC, kE, kI}));
  const std::string text = to_terminal(report, false);
  EXPECT_THAT(text, HasSubstr("✗ crun escaped: pidns/p2"));
  EXPECT_THAT(text, HasSubstr("why of pidns/p2"));
  EXPECT_THAT(text, HasSubstr("without pidns: red"));
  EXPECT_THAT(text, HasSubstr("bulkhead verify --probe pidns/p2"));
  EXPECT_THAT(text, Not(HasSubstr("claim of pidns/p1")));
  EXPECT_THAT(text, HasSubstr("controls: 3 of 3 seen to escape"));
  EXPECT_THAT(text, HasSubstr("1 contained, 1 escaped, 0 unsupported, 1 "
                              "inconclusive"));
  EXPECT_THAT(text, Not(HasSubstr("\033")));
  EXPECT_THAT(to_terminal(report, true), HasSubstr("\033"));
}

}  // namespace
}  // namespace bulkhead::verify::report_test
