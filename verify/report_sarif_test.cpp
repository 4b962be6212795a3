// The schema is checked by integration/test_reports.py; here the meaning.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "verify/report_formats.h"
#include "verify/report_samples.h"

namespace bulkhead::verify::report_sarif_test {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

json run_of(const Report& report) {
  return json::parse(to_sarif(report)).at("runs").at(0);
}

TEST(Sarif, OnlyFindingsAreResults) {
  const json results = run_of(sample_report())["results"];
  ASSERT_EQ(results.size(), 3U);
  EXPECT_EQ(results[0]["ruleId"], "pidns/b");
  EXPECT_EQ(results[0]["level"], "error");
  EXPECT_EQ(results[1]["ruleId"], "seccomp/d");
  EXPECT_EQ(results[1]["level"], "warning");
  EXPECT_THAT(results[0]["message"]["text"].get<std::string>(),
              HasSubstr("crun: escaped: pidns/b\nclaim: Claim"));
}

TEST(Sarif, AWaiverIsASuppression) {
  const json results = run_of(sample_report())["results"];
  EXPECT_FALSE(results[0].contains("suppressions"));
  const json& suppressions = results[2]["suppressions"];
  ASSERT_EQ(suppressions.size(), 1U);
  EXPECT_EQ(suppressions[0]["kind"], "external");
  EXPECT_EQ(suppressions[0]["justification"], "until 2030-01-31: known");
}

TEST(Sarif, EveryProbeIsARule) {
  const json run = run_of(sample_report());
  const json& rules = run["tool"]["driver"]["rules"];
  ASSERT_EQ(rules.size(), 5U);
  for (const json& result : run["results"]) {
    EXPECT_EQ(rules[result["ruleIndex"].get<std::size_t>()]["id"],
              result["ruleId"]);
  }
  EXPECT_EQ(rules[1]["helpUri"],
            "https://nvd.nist.gov/vuln/detail/CVE-2019-5736");
  EXPECT_THAT(rules[1]["help"]["text"].get<std::string>(),
              HasSubstr("clone(2), CVE-2019-5736"));
}

TEST(Sarif, AFindingKeepsItsFingerprintWhateverItsEvidence) {
  Report report = sample_report();
  const auto print = [](const Report& it, std::size_t index) {
    return run_of(it)["results"][index]["partialFingerprints"];
  };
  const json before = print(report, 0);
  EXPECT_NE(before, print(report, 1));
  report.runs[0].records[1].reason = "something else";
  report.machine["kernel"] = "7.0";
  EXPECT_EQ(print(report, 0), before);
  report.runs[0].name = "runc";
  EXPECT_NE(print(report, 0), before);
}

TEST(Sarif, WhatIsUnsupportedIsANotification) {
  const json invocation = run_of(sample_report())["invocations"][0];
  EXPECT_EQ(invocation["exitCode"], kExitEscaped);
  EXPECT_EQ(invocation["executionSuccessful"], true);
  const json& notes = invocation["toolExecutionNotifications"];
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_EQ(notes[0]["associatedRule"]["id"], "seccomp/c");
  EXPECT_EQ(
      run_of(report_without_proof())["invocations"][0]["executionSuccessful"],
      false);
}

TEST(Sarif, EverySubjectIsARunOfItsOwn) {
  Report report = sample_report();
  report.runs.push_back(report.runs[0]);
  const json runs = json::parse(to_sarif(report))["runs"];
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_EQ(runs[0]["automationDetails"]["id"], "bulkhead/crun/");
  EXPECT_EQ(runs[1]["automationDetails"]["id"], "bulkhead/crun (2)/");
}

// The location is made from the id; it must lead to the file.
TEST(Sarif, ALocationIsTheFileOfTheProbe) {
  for (const probes::Probe& probe : probes::catalogue()) {
    const Report report{
        .runs = {{.records = {sample_record(probe.id, Verdict::kEscaped)}}}};
    const std::string uri =
        run_of(report)["results"][0]["locations"][0]["physicalLocation"]
                      ["artifactLocation"]["uri"];
    EXPECT_TRUE(("/" + probe.file).ends_with("/" + uri))
        << uri << " is not " << probe.file;
  }
}

}  // namespace
}  // namespace bulkhead::verify::report_sarif_test
