#include "verify/verdicts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "verify/answers_json.h"

namespace bulkhead::verify::verdicts_test {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

const probes::Probe kProbe{.id = "utsns/p", .watches = {"utsns"}};

class Verdicts : public ::testing::Test {
 protected:
  void SetUp() override {
    campaign_.probes = {&kProbe};
    auto none = make_subject("none", "/nonexistent/bulkhead");
    ASSERT_TRUE(none);
    campaign_.subjects.push_back(std::move(*none));
  }
  static json controls(const Answers& answers) { return answers_json(answers); }
  static json subjects(const Answers& answers) {
    return {{"machine", {{"kernel", "6"}}},
            {"spec", {{"a", 1}}},
            {"runs",
             {{{"version", "v1"},
               {"not_offered", {"timens: x"}},
               {"trouble", {"said"}},
               {"answers", answers_json(answers)}}}}};
  }
  static Answers held() {
    return {{"utsns/p",
             {.attempt = probes::refused(1), .witness = probes::works()}}};
  }
  static Answers escaped() {
    return {{"utsns/p", {.attempt = probes::reached("got through")}}};
  }
  [[nodiscard]] Record only_record(const json& red, const json& said) const {
    const auto report = judge_campaign(campaign_, red, said);
    EXPECT_TRUE(report) << report.error().message();
    return report ? report->runs.at(0).records.at(0) : Record{};
  }
  Campaign campaign_;
};

TEST_F(Verdicts, JoinWhatBothBoxesSaid) {
  const auto report =
      judge_campaign(campaign_, controls(escaped()), subjects(held()));
  ASSERT_TRUE(report) << report.error().message();
  EXPECT_EQ(report->machine["kernel"], "6");
  EXPECT_EQ(report->spec["a"], 1);
  const SubjectReport& run = report->runs.at(0);
  EXPECT_EQ(run.name, "none");
  EXPECT_EQ(run.version, "v1");
  EXPECT_EQ(run.not_offered, std::vector<std::string>{"timens: x"});
  EXPECT_EQ(run.trouble, std::vector<std::string>{"said"});
  EXPECT_EQ(run.records.at(0).verdict, Verdict::kContained);
}

// Neither box alone makes anything contained.
TEST_F(Verdicts, SilenceOfEitherBoxContainsNothing) {
  const Record unproven = only_record(controls({}), subjects(held()));
  EXPECT_EQ(unproven.verdict, Verdict::kInconclusive);
  EXPECT_THAT(unproven.reason, HasSubstr("said nothing of it"));
  EXPECT_EQ(only_record(controls(held()), subjects(held())).verdict,
            Verdict::kInconclusive);
  const Record silent = only_record(controls(escaped()), subjects({}));
  EXPECT_EQ(silent.verdict, Verdict::kInconclusive);
  EXPECT_THAT(silent.reason, HasSubstr("said nothing of it"));
  EXPECT_EQ(only_record(controls({}), subjects(escaped())).verdict,
            Verdict::kEscaped);
}

TEST_F(Verdicts, WhatIsNoAnswerIsAnError) {
  const json good = subjects(held());
  EXPECT_FALSE(judge_campaign(campaign_, nullptr, json::object()));
  EXPECT_FALSE(judge_campaign(campaign_, json(1), good));
  for (const char* part : {"machine", "spec", "runs"}) {
    json said = good;
    said.erase(part);
    EXPECT_FALSE(judge_campaign(campaign_, controls(escaped()), said)) << part;
  }
  json fewer = good;
  fewer["runs"].clear();
  EXPECT_FALSE(judge_campaign(campaign_, controls(escaped()), fewer));
}

}  // namespace
}  // namespace bulkhead::verify::verdicts_test
