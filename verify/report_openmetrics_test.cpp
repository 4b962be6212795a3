// The grammar is checked by integration/test_reports.py; here the meaning.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "verify/report_formats.h"
#include "verify/report_samples.h"

namespace bulkhead::verify::report_openmetrics_test {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Openmetrics, CountsVerdicts) {
  const std::string text = to_openmetrics(sample_report());
  for (const char* verdict :
       {"contained", "escaped", "unsupported", "inconclusive", "waived"}) {
    EXPECT_THAT(text, HasSubstr(std::string("bulkhead_probes{subject=\"crun\","
                                            "verdict=\"") +
                                verdict + "\"} 1\n"));
  }
  EXPECT_THAT(text, HasSubstr("\nbulkhead_exit_status 1\n"));
  EXPECT_THAT(text, EndsWith("\n# EOF\n"));
}

TEST(Openmetrics, AVerdictIsOneOfItsWords) {
  const std::string text = to_openmetrics(sample_report());
  const std::string series =
      "bulkhead_verdict{subject=\"crun\",boundary=\"pidns\",probe=\"pidns/b\","
      "verdict=\"";
  EXPECT_THAT(text, HasSubstr(series + "escaped\"} 1\n"));
  EXPECT_THAT(text, HasSubstr(series + "contained\"} 0\n"));
}

TEST(Openmetrics, AWaiverEndsWithItsLastDay) {
  const auto with_end = [](const std::string& until) {
    Report report = sample_report();
    report.runs[0].records[4].waived->until = until;
    return to_openmetrics(report);
  };
  const std::string series =
      "bulkhead_waiver_end_timestamp_seconds{subject=\"crun\","
      "probe=\"seccomp/e\"} ";
  // date -u -d 2030-02-01 +%s
  EXPECT_THAT(with_end("2030-01-31"), HasSubstr(series + "1896134400\n"));
  for (const char* wrong : {"2030-02-31", "2030-1-31x", "soon", ""}) {
    EXPECT_THAT(with_end(wrong), Not(HasSubstr(series))) << wrong;
  }
}

TEST(Openmetrics, LabelsAreEscapedAndSubjectsApart) {
  Report report = sample_report();
  report.runs[0].name = "a\"b\\c\nd";
  report.runs.push_back(report.runs[0]);
  const std::string text = to_openmetrics(report);
  EXPECT_THAT(text, HasSubstr(R"(subject="a\"b\\c\\nd",)"));
  EXPECT_THAT(text, HasSubstr(R"-(subject="a\"b\\c\\nd (2)",)-"));
}

TEST(Openmetrics, EvidenceMakesNoSeries) {
  EXPECT_THAT(to_openmetrics(sample_report()), Not(HasSubstr("why")));
}

}  // namespace
}  // namespace bulkhead::verify::report_openmetrics_test
