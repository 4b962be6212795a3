// How it is rendered is checked by integration/test_reports.py.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "verify/report_formats.h"
#include "verify/report_samples.h"

namespace bulkhead::verify::report_markdown_test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// The markdown of a report whose only finding has this evidence.
std::string with_evidence(const std::string& text) {
  Report report = sample_report();
  report.runs[0].records[1].reason = text;
  return to_markdown(report);
}

TEST(Markdown, BeginsWithSubjectsAndBoundaries) {
  EXPECT_THAT(to_markdown(sample_report()),
              HasSubstr("| subject | pidns | seccomp |\n"
                        "| --- | --- | --- |\n"
                        "| `crun` | ✗ 1/2 | ✗ 1/3 |\n"));
}

TEST(Markdown, ExplainsFindingsAndNothingElse) {
  const std::string text = to_markdown(sample_report());
  EXPECT_THAT(text, HasSubstr("### ✗ `crun` escaped: `pidns/b`\n"));
  EXPECT_THAT(text, HasSubstr("### ? `crun` inconclusive: `seccomp/d`\n"));
  EXPECT_THAT(text, HasSubstr("### ✗ `crun` escaped: `seccomp/e`, waived "
                              "until `2030-01-31`\n"));
  EXPECT_THAT(text, HasSubstr("- `crun` unsupported: `seccomp/c`: `why`\n"));
  EXPECT_THAT(text, HasSubstr("- **seen**: `why`\n"));
  EXPECT_THAT(text, HasSubstr("- **see**: clone(2), [CVE-2019-5736]("
                              "https://nvd.nist.gov/vuln/detail/"
                              "CVE-2019-5736)\n"));
  EXPECT_THAT(text, HasSubstr("```sh\nbulkhead verify --probe pidns/b\n```\n"));
  EXPECT_THAT(text, Not(HasSubstr("pidns/a")));
}

TEST(Markdown, ASpanHasMoreBackticksThanItsText) {
  EXPECT_THAT(with_evidence("a `b` ``c``"),
              HasSubstr("**seen**: ``` a `b` ``c`` ```\n"));
  EXPECT_THAT(with_evidence("a`b"), HasSubstr("**seen**: ``a`b``\n"));
  EXPECT_THAT(with_evidence(" a"), HasSubstr("**seen**: `  a `\n"));
  EXPECT_THAT(with_evidence(" "), HasSubstr("**seen**: ` `\n"));
}

TEST(Markdown, ProseIsTextAndNoLink) {
  Report report = sample_report();
  report.runs[0].records[1].claim = "*a* <b> no_new_privs: http://c [d](e)";
  EXPECT_THAT(to_markdown(report),
              HasSubstr("\\*a\\* \\<b\\> no\\_new\\_privs: http\\://c "
                        "\\[d\\](e)\n"));
}

TEST(Markdown, ANameCannotEndItsCellOrLine) {
  Report report = sample_report();
  report.runs[0].name = "a | b\n| c";
  EXPECT_THAT(to_markdown(report),
              HasSubstr("| `a \\| b\\n\\| c` | ✗ 1/2 | ✗ 1/3 |\n"));
}

TEST(Markdown, ACommandCannotEndItsBlock) {
  Report report = sample_report();
  report.runs[0].records[1].repeat = "x\n```\n````y";
  EXPECT_THAT(to_markdown(report),
              HasSubstr("`````sh\nx\\n```\\n````y\n`````\n"));
}

}  // namespace
}  // namespace bulkhead::verify::report_markdown_test
