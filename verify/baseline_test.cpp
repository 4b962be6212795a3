#include "verify/baseline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bulkhead::verify::baseline_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string kGood =
    R"({"probe":"netns/*","subject":"crun","reason":"known",)"
    R"("until":"2030-01-31"})";

Report report_with(const std::string& subject, const std::string& probe,
                   Verdict verdict) {
  Report report;
  SubjectReport run{.name = subject};
  run.records.push_back({.probe = probe, .verdict = verdict});
  report.runs.push_back(std::move(run));
  return report;
}

Waiver waiver(Verdict verdict = Verdict::kEscaped) {
  return {"netns/*", "crun", "known", "2030-01-31", verdict};
}

TEST(Baseline, ReadsLinesAndArrays) {
  const auto lines = parse_baseline("# ours\n\n" + kGood + "\n" + kGood);
  ASSERT_TRUE(lines) << lines.error().message();
  ASSERT_EQ(lines->size(), 2U);
  EXPECT_EQ((*lines)[0].until, "2030-01-31");
  const auto array = parse_baseline("[" + kGood + "]");
  ASSERT_TRUE(array) << array.error().message();
  EXPECT_EQ(array->size(), 1U);
}

TEST(Baseline, AWaiverNeedsAReasonAndARealEndDate) {
  for (const char* text :
       {R"({"probe":"*","until":"2030-01-31"})",
        R"({"probe":"*","reason":"","until":"2030-01-31"})",
        R"({"probe":"*","reason":"r"})",
        R"({"probe":"*","reason":"r","until":"2030-02-30"})",
        R"({"probe":"*","reason":"r","until":"soon"})",
        R"({"probe":"*","reason":"r","until":"2030-1-31x"})",
        R"({"reason":"r","until":"2030-01-31"})",
        R"({"probe":"*","reason":"r","until":"2030-01-31","x":"y"})",
        R"({"probe":7,"reason":"r","until":"2030-01-31"})",
        R"({"probe":"*","reason":"r","until":"2030-01-31","verdict":"all"})",
        "probe", "[1]"}) {
    const auto parsed = parse_baseline(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().kind, ErrorKind::kUsage);
  }
}

TEST(Baseline, WaivesUntilItsLastDay) {
  Report report = report_with("crun", "netns/x", Verdict::kEscaped);
  apply_baseline(report, {waiver()}, "2030-01-31");
  ASSERT_TRUE(report.runs[0].records[0].waived);
  EXPECT_EQ(report.runs[0].records[0].waived->reason, "known");
  EXPECT_THAT(report.notes, IsEmpty());
  EXPECT_EQ(exit_status(report), kExitContained);
}

TEST(Baseline, AnExpiredWaiverWaivesNothingAndIsTold) {
  Report report = report_with("crun", "netns/x", Verdict::kEscaped);
  apply_baseline(report, {waiver()}, "2030-02-01");
  EXPECT_FALSE(report.runs[0].records[0].waived);
  EXPECT_THAT(report.notes, ElementsAre(HasSubstr("expired")));
  EXPECT_EQ(exit_status(report), kExitEscaped);
}

TEST(Baseline, AnUnusedWaiverIsTold) {
  for (const auto& [subject, probe] :
       {std::pair{"runc", "netns/x"}, std::pair{"crun", "pidns/x"}}) {
    Report report = report_with(subject, probe, Verdict::kEscaped);
    apply_baseline(report, {waiver()}, "2026-01-01");
    EXPECT_FALSE(report.runs[0].records[0].waived);
    EXPECT_THAT(report.notes, ElementsAre(HasSubstr("unused")));
  }
}

TEST(Baseline, AMissingAnswerIsWaivedOnlyByName) {
  Report report = report_with("crun", "netns/x", Verdict::kInconclusive);
  apply_baseline(report, {waiver()}, "2026-01-01");
  EXPECT_EQ(exit_status(report), kExitInconclusive);
  apply_baseline(report, {waiver(Verdict::kInconclusive)}, "2026-01-01");
  EXPECT_EQ(exit_status(report), kExitContained);
}

TEST(Baseline, WhatIsContainedNeedsNoWaiver) {
  Report report = report_with("crun", "netns/x", Verdict::kContained);
  apply_baseline(report, {waiver()}, "2026-01-01");
  EXPECT_FALSE(report.runs[0].records[0].waived);
}

}  // namespace
}  // namespace bulkhead::verify::baseline_test
