#include "bench/compare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "bench/samples_for_tests.h"

namespace bulkhead::bench {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Change change_between(const Figures& before, const Figures& after) {
  const Comparison comparison = compare(before, after, {});
  EXPECT_EQ(1, comparison.rows.size());
  return comparison.rows.at(0).change;
}

TEST(Compare, TellsSlowerFromFaster) {
  EXPECT_EQ(Change::kSlower,
            change_between(figures_of(60, 600), figures_of(60, 800, 40, 3)));
  EXPECT_EQ(Change::kFaster,
            change_between(figures_of(60, 800), figures_of(60, 600, 40, 3)));
}

TEST(Compare, ARunIsNoDifferentFromItself) {
  const Figures run = figures_of(60, 600);
  EXPECT_EQ(Change::kNone, change_between(run, run));
  EXPECT_EQ(Change::kNone, change_between(run, figures_of(60, 600, 40, 7)));
}

TEST(Compare, AMachineOfHalfTheSpeedIsNoDifference) {
  EXPECT_EQ(Change::kNone,
            change_between(figures_of(60, 600), figures_of(120, 1200, 40, 5)));
}

TEST(Compare, AFloorThatAloneBecameSlowerMakesTheStartFaster) {
  EXPECT_EQ(Change::kFaster,
            change_between(figures_of(60, 600), figures_of(120, 600, 40, 5)));
}

TEST(Compare, AChangeBelowTheLeastDoesNotCountHoweverSure) {
  const Figures before = figures_of(60, 600, 400);
  const Figures after = figures_of(60, 620, 400, 3);
  EXPECT_EQ(Change::kNone, change_between(before, after));
  const Comparison strict = compare(before, after, {.least_change = 0.01});
  EXPECT_EQ(Change::kSlower, strict.rows.at(0).change);
}

TEST(Compare, FewSamplesSayNothing) {
  EXPECT_EQ(Change::kTooFew,
            change_between(figures_of(60, 600, 7), figures_of(60, 900, 7)));
}

TEST(Compare, MoreStartsASecondAreFaster) {
  const auto rates = [](double rate) {
    Figures run = figures_of(1000, rate);
    run.groups[0].unit = "starts/s";
    run.groups[0].more_is_better = true;
    return run;
  };
  EXPECT_EQ(Change::kFaster, change_between(rates(100), rates(200)));
  EXPECT_EQ(Change::kSlower, change_between(rates(200), rates(100)));
}

TEST(Compare, MemoryNeedsNoBaselineButTimeDoes) {
  Figures before = figures_of(60, 600);
  before.groups[0].rows[1].baseline.clear();
  Figures after = before;
  EXPECT_TRUE(compare(before, after, {}).rows.empty());
  before.groups[0].unit = after.groups[0].unit = "kB";
  after.groups[0].rows[1].samples["first"] = around(900);
  const Comparison comparison = compare(before, after, {});
  ASSERT_EQ(2, comparison.rows.size());
  EXPECT_EQ(Change::kNone, comparison.rows[0].change);
  EXPECT_EQ(Change::kSlower, comparison.rows[1].change);
}

TEST(Compare, SaysWhatOnlyOneOfThemHas) {
  Figures before = figures_of(60, 600);
  Figures after = before;
  before.groups[0].rows.push_back({.name = "old", .error = "broken"});
  after.groups[0].rows.push_back({.name = "new", .error = "broken"});
  after.groups.push_back({.name = "peers"});
  EXPECT_THAT(compare(before, after, {}).not_compared,
              ElementsAre("start: old: only in the first",
                          "start: new: only in the second",
                          "peers: only in the second"));
}

TEST(Compare, IsPrintedWithItsThresholds) {
  const Comparison comparison =
      compare(figures_of(60, 600), figures_of(60, 800), {.alpha = 0.02});
  const std::string text = to_tty(comparison);
  EXPECT_THAT(text, HasSubstr("p < 0.02"));
  EXPECT_THAT(text, HasSubstr("start: cold"));
  EXPECT_THAT(text, HasSubstr("1 slower, 0 faster, 0 no difference"));
  const auto json = nlohmann::json::parse(to_json_text(comparison));
  EXPECT_EQ("slower", json["rows"][0]["change"]);
  EXPECT_EQ(0.02, json["alpha"]);
}

}  // namespace
}  // namespace bulkhead::bench
