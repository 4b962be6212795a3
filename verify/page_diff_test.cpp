#include "verify/page_diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "verify/page_samples.h"

namespace bulkhead::verify::page_diff_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// "worse pidns/a contained escaped", one for each change.
std::vector<std::string> told(const Comparison& comparison) {
  std::vector<std::string> lines;
  for (const Change& it : comparison.changes) {
    lines.push_back(std::string(name_of(it.kind)) + " " + it.probe + " " +
                    it.from + " " + it.to);
  }
  return lines;
}

std::vector<PageRun> runs_with(std::vector<Record> records,
                               const std::string& kernel = "6.1.0",
                               const std::string& subject = "crun") {
  Report report = proven_report(kernel);
  report.runs[0].name = subject;
  report.runs[0].records = std::move(records);
  return runs_of({document_of(report)});
}

TEST(PageDiff, NothingChangesAgainstItself) {
  const auto runs = runs_of({document_of(proven_report())});
  const Comparison comparison = compare(runs, runs);
  EXPECT_THAT(comparison.changes, IsEmpty());
  ASSERT_EQ(comparison.pairs.size(), 1U);
  EXPECT_EQ(comparison.pairs[0].before, 0);
}

TEST(PageDiff, TellsWorseBetterNewAndGoneInThisOrder) {
  using enum Verdict;
  const auto before = runs_with({proven_record("pidns/a", kContained),
                                 proven_record("pidns/b", kEscaped),
                                 proven_record("pidns/c", kContained),
                                 proven_record("pidns/d", kContained)});
  const auto now = runs_with({proven_record("pidns/a", kEscaped),
                              proven_record("pidns/b", kContained),
                              proven_record("pidns/d", kContained),
                              proven_record("pidns/e", kEscaped)});
  EXPECT_THAT(told(compare(now, before)),
              ElementsAre("worse pidns/a contained escaped",
                          "better pidns/b escaped contained",
                          "new pidns/e  escaped", "gone pidns/c contained "));
}

TEST(PageDiff, LosingAnAnswerIsWorseAndAWaiverIsNoCure) {
  using enum Verdict;
  const auto contained = runs_with({proven_record("pidns/a", kContained)});
  const auto unknown = runs_with({proven_record("pidns/a", kInconclusive)});
  Record record = proven_record("pidns/a", kEscaped);
  record.waived = Waived{"known", "2030-01-31"};
  const auto waived = runs_with({record});
  EXPECT_THAT(told(compare(unknown, contained)),
              ElementsAre("worse pidns/a contained inconclusive"));
  EXPECT_THAT(told(compare(waived, contained)),
              ElementsAre("worse pidns/a contained waived"));
}

TEST(PageDiff, AMissingRecordIsGoneAndNotAnInconclusiveOne) {
  using enum Verdict;
  const auto before = runs_with({proven_record("pidns/a", kContained),
                                 proven_record("pidns/b", kContained)});
  Report less = proven_report();
  less.runs[0].records = {proven_record("pidns/a", kContained)};
  Report other = proven_report("5.10.0");
  other.runs[0].records = {proven_record("pidns/b", kContained)};
  const auto now = runs_of({document_of(less), document_of(other)});
  ASSERT_NE(now[0].find("pidns/b"), nullptr);
  ASSERT_TRUE(now[0].find("pidns/b")->missing);
  EXPECT_THAT(told(compare(now, before)),
              ElementsAre("gone pidns/b contained "));
}

TEST(PageDiff, OneMachineOnEachSideIsTheSameOne) {
  using enum Verdict;
  const auto before =
      runs_with({proven_record("pidns/a", kContained)}, "5.10.0");
  const auto now = runs_with({proven_record("pidns/a", kEscaped)}, "6.1.0");
  EXPECT_THAT(told(compare(now, before)),
              ElementsAre("worse pidns/a contained escaped"));
}

TEST(PageDiff, OtherSubjectsAndOneOfSeveralMachinesAreNotCompared) {
  using enum Verdict;
  const auto before = runs_with({proven_record("pidns/a", kContained)});
  const auto other =
      runs_with({proven_record("pidns/a", kEscaped)}, "6.1.0", "runc");
  Comparison comparison = compare(other, before);
  EXPECT_THAT(comparison.changes, IsEmpty());
  ASSERT_EQ(comparison.pairs.size(), 2U);
  EXPECT_EQ(comparison.pairs[0].before, -1);
  EXPECT_EQ(comparison.pairs[1].now, -1);
  const auto several = runs_of({document_of(proven_report("5.10.0")),
                                document_of(proven_report("5.15.0"))});
  comparison = compare(several, before);
  EXPECT_THAT(comparison.changes, IsEmpty());
  EXPECT_EQ(comparison.pairs.size(), 3U);
}

}  // namespace
}  // namespace bulkhead::verify::page_diff_test
