// The forms of a run, and the goals.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bench/document.h"
#include "bench/goals.h"
#include "bench/report_html.h"
#include "bench/report_tty.h"
#include "bench/samples_for_tests.h"

namespace bulkhead::bench {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

Figures hostile() {
  Figures run = figures_of(60, 600);
  const std::string evil = "<script>alert(1)</script>\x1b[31m\xff";
  run.groups[0].rows[1].about = evil;
  run.groups[0].rows.push_back({.name = "broken " + evil, .error = evil});
  run.absent.push_back({"peers", evil, evil});
  run.machine.cpu = evil;
  return run;
}

TEST(Document, IsReadAsItWasWritten) {
  Figures run = figures_of(60, 600);
  run.groups[0].rows.push_back({.name = "broken", .error = "why"});
  run.absent.push_back({"peers", "runsc", "not installed"});
  const auto again = from_json(to_json(run));
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(to_json(run), to_json(*again));
  ASSERT_NE(nullptr, again->samples("start", "cold", "first"));
  EXPECT_EQ(40, again->samples("start", "cold", "first")->size());
  EXPECT_EQ(nullptr, again->samples("start", "broken", "first"));
}

TEST(Document, SaysWhereItIsWrong) {
  nlohmann::json json = to_json(figures_of(60, 600));
  json["groups"][0]["rows"][1]["samples"]["first"][2] = "fast";
  const auto run = from_json(json);
  ASSERT_FALSE(run);
  EXPECT_THAT(run.error().message(),
              HasSubstr("/groups/0/rows/1/samples/first/2 is \"fast\""));
}

TEST(Document, RefusesWhatContradictsItself) {
  const auto refusal = [](const Figures& run) {
    const auto read = from_json(to_json(run));
    return read ? std::string() : read.error().message();
  };
  Figures twice = figures_of(60, 600);
  twice.groups[0].rows.push_back(twice.groups[0].rows[1]);
  EXPECT_THAT(refusal(twice), HasSubstr("cold is there twice"));
  Figures baseless = figures_of(60, 600);
  baseless.groups[0].rows[1].baseline = "nothing";
  EXPECT_THAT(refusal(baseless), HasSubstr("nothing, which is not there"));
  Figures empty = figures_of(60, 600);
  empty.groups[0].rows[1].samples.clear();
  EXPECT_THAT(refusal(empty), HasSubstr("does not say why"));
  Figures groups = figures_of(60, 600);
  groups.groups.push_back(groups.groups[0]);
  EXPECT_THAT(refusal(groups), HasSubstr("start is there twice"));
}

TEST(Tty, HasMediansRatiosBarsAndNoise) {
  const std::string text = to_tty(figures_of(60, 600));
  // The median of 0.95…1.0475 of 600 and 60.
  EXPECT_THAT(text, HasSubstr("████████████████"));
  EXPECT_THAT(text, ContainsRegex("  cold .*   599       576       628  10\\.0 "
                                  "\\["));
  EXPECT_THAT(text, HasSubstr("noise: load"));
  EXPECT_THAT(
      text,
      ContainsRegex("undecided +10\\.0 +10\\.0 +at most 10 +cold start by"));
}

TEST(Tty, LetsNoTextActInPlaceOfShowing) {
  const std::string text = to_tty(hostile());
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, HasSubstr("not measured: "));
}

TEST(Html, IsOnePageWithAPictureForEachRow) {
  const std::string page = to_html(figures_of(60, 600));
  EXPECT_THAT(page, HasSubstr("aria-label=\"cold us, half below 599"));
  EXPECT_THAT(page, HasSubstr("<polygon class=\"shape\""));
  EXPECT_THAT(page, Not(HasSubstr("http://")));
  EXPECT_THAT(page, Not(HasSubstr("https://")));
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, HasSubstr("class=\"mark met\""));
}

TEST(Html, EscapesWhatItIsTold) {
  const std::string page = to_html(hostile());
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, Not(HasSubstr("\x1b")));
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;"));
}

TEST(Goals, AreMetMissedOrNotMeasured) {
  const auto line_of = [](const Figures& run, const std::string& text) {
    for (const GoalLine& line : goal_lines(run)) {
      if (line.text == text) return line;
    }
    ADD_FAILURE() << text;
    return GoalLine{};
  };
  const std::string cold = "cold start by vfork+exec";
  EXPECT_EQ("met", line_of(figures_of(60, 500), cold).word);
  EXPECT_EQ("not met", line_of(figures_of(60, 700), cold).word);
  EXPECT_EQ("undecided", line_of(figures_of(60, 600), cold).word);
  EXPECT_EQ("not measured", line_of(Figures{}, cold).word);
  EXPECT_EQ("not measured",
            line_of(figures_of(60, 600), "parked by vfork+exec").word);
  const GoalLine tail = line_of(figures_of(60, 600), "cold: p99 by its median");
  EXPECT_EQ("met", tail.word);
  EXPECT_EQ("1.05", tail.figure);
  EXPECT_EQ("–", tail.best);
}

TEST(Goals, AtLeastIsTheOtherDirection) {
  const Goal goal{"", Measure::kMedian, {}, {}, 1000, true};
  EXPECT_TRUE(is_met(goal, 1000));
  EXPECT_FALSE(is_met(goal, 999));
  EXPECT_EQ("at least 1000", bound_text(goal));
}

}  // namespace
}  // namespace bulkhead::bench
