// The grammar is checked by integration/test_reports.py; here the meaning.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "verify/report_formats.h"
#include "verify/report_samples.h"

namespace bulkhead::verify::report_ktap_test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(Ktap, PlansBeforeItSaysAnything) {
  const std::string text = to_ktap(sample_report());
  EXPECT_THAT(text, StartsWith("KTAP version 1\n# kernel 6.1.0, spec sha256:"));
  EXPECT_THAT(text, HasSubstr("\n1..1\n  KTAP version 1\n  1..2\n"));
  EXPECT_THAT(text, HasSubstr("\n    KTAP version 1\n    1..2\n"
                              "    ok 1 pidns/a # by namespace\n"));
}

TEST(Ktap, EveryVerdictHasItsWord) {
  const std::string text = to_ktap(sample_report());
  EXPECT_THAT(text, HasSubstr("    not ok 2 pidns/b # escaped: why\n"));
  EXPECT_THAT(text, HasSubstr("    ok 1 seccomp/c # SKIP unsupported: why\n"));
  EXPECT_THAT(text,
              HasSubstr("    not ok 2 seccomp/d # ERROR inconclusive: why\n"));
  EXPECT_THAT(text, HasSubstr("    ok 3 seccomp/e # XFAIL escaped, waived "
                              "until 2030-01-31: known\n"));
}

TEST(Ktap, AFindingIsExplainedBeforeItsLine) {
  EXPECT_THAT(to_ktap(sample_report()),
              HasSubstr("    # pidns/b: red twin: without pidns seccomp: red\n"
                        "    # pidns/b: see: clone(2), CVE-2019-5736\n"
                        "    # pidns/b: remedy: Remedy.\n"
                        "    # pidns/b: repeat: bulkhead verify --probe "
                        "pidns/b\n    not ok 2 pidns/b"));
}

TEST(Ktap, AParentFailsWithItsChildAndOnlyThen) {
  Report report = sample_report();
  EXPECT_THAT(to_ktap(report), HasSubstr("\n  not ok 1 pidns\n"));
  EXPECT_THAT(to_ktap(report), HasSubstr("\nnot ok 1 crun # 1 contained"));
  report.runs[0].records = {sample_record("pidns/a", Verdict::kContained)};
  EXPECT_THAT(to_ktap(report), HasSubstr("\n  ok 1 pidns\nok 1 crun\n"));
}

TEST(Ktap, NothingProvenIsNotOk) {
  const std::string text = to_ktap(report_without_proof());
  EXPECT_THAT(text, HasSubstr("\n  ok 1 pidns # SKIP unsupported\n"));
  EXPECT_THAT(text, HasSubstr("\nnot ok 1 crun # ERROR nothing was proven\n"));
  EXPECT_THAT(to_ktap({.runs = {SubjectReport{.name = "crun"}}}),
              HasSubstr("\n  1..0\nnot ok 1 crun # ERROR"));
}

TEST(Ktap, ANameCannotForgeADirective) {
  Report report = sample_report();
  report.runs[0].name = "x # SKIP\nok 2 y";
  EXPECT_THAT(to_ktap(report),
              HasSubstr("\nnot ok 1 x \\x23 SKIP\\nok 2 y # "));
  EXPECT_THAT(to_ktap(hostile_report()), Not(HasSubstr("\nok 1 forged")));
}

}  // namespace
}  // namespace bulkhead::verify::report_ktap_test
