// That it is XML is checked by integration/test_reports.py; here the meaning.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "verify/report_formats.h"
#include "verify/report_samples.h"

namespace bulkhead::verify::report_junit_test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Junit, CountsWhatItHolds) {
  const std::string text = to_junit(sample_report());
  const std::string counts = R"(tests="5" failures="1" errors="1" skipped="2")";
  EXPECT_THAT(text,
              HasSubstr("<testsuites name=\"bulkhead verify\" " + counts));
  EXPECT_THAT(text, HasSubstr("<testsuite name=\"crun\" " + counts));
}

TEST(Junit, EveryVerdictHasItsElement) {
  const std::string text = to_junit(sample_report());
  EXPECT_THAT(
      text, HasSubstr("<testcase classname=\"crun.pidns\" name=\"pidns/a\"/>"));
  EXPECT_THAT(text, HasSubstr("<failure type=\"escaped\" message=\"why\">"));
  EXPECT_THAT(text, HasSubstr("<skipped message=\"unsupported: why\"/>"));
  EXPECT_THAT(text, HasSubstr("<error type=\"inconclusive\" message=\"why\">"));
  EXPECT_THAT(text, HasSubstr("<skipped message=\"escaped, waived until "
                              "2030-01-31: known\"/>"));
  EXPECT_THAT(text, HasSubstr("repeat: bulkhead verify --probe pidns/b\n"));
}

TEST(Junit, SaysWhatItIsAbout) {
  const std::string text = to_junit(sample_report());
  EXPECT_THAT(text, HasSubstr("<property name=\"subject.version\" "
                              "value=\"crun 1.8\"/>"));
  EXPECT_THAT(text, HasSubstr("<property name=\"kernel\" value=\"6.1.0\"/>"));
  EXPECT_THAT(text, HasSubstr(spec_digest(sample_report())));
}

// A suite in which all is skipped is green for every reader.
TEST(Junit, NothingProvenIsAnError) {
  const std::string text = to_junit(report_without_proof());
  EXPECT_THAT(text,
              HasSubstr(R"(tests="2" failures="0" errors="1" skipped="1")"));
  EXPECT_THAT(text, HasSubstr("message=\"nothing was proven\""));
  EXPECT_THAT(to_junit(sample_report()), Not(HasSubstr("nothing was proven")));
}

TEST(Junit, EscapesWhatEndsAnAttributeOrAnElement) {
  Report report = sample_report();
  report.runs[0].records[1].reason = "a\"b'c<d>&amp;]]>\n\x01\xff";
  EXPECT_THAT(to_junit(report),
              HasSubstr("message=\"a&quot;b&apos;c&lt;d&gt;&amp;amp;]]&gt;"
                        "\\n\\x01\\xff\">"));
}

}  // namespace
}  // namespace bulkhead::verify::report_junit_test
