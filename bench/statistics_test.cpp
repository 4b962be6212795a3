#include "bench/statistics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace bulkhead::bench {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;

TEST(Quantile, IsRsTypeSeven) {
  const Sample ten = {10, 1, 9, 2, 8, 3, 7, 4, 6, 5};
  EXPECT_DOUBLE_EQ(5.5, median(ten));
  EXPECT_DOUBLE_EQ(1.9, quantile(ten, 0.1));
  EXPECT_DOUBLE_EQ(9.91, quantile(ten, 0.99));
  EXPECT_DOUBLE_EQ(1, quantile(ten, 0));
  EXPECT_DOUBLE_EQ(10, quantile(ten, 1));
}

TEST(Quantile, OfOneIsThatAndOfNothingIsNone) {
  EXPECT_DOUBLE_EQ(3, quantile({3}, 0.99));
  EXPECT_TRUE(std::isnan(median({})));
}

TEST(RatioInterval, OfConstantsIsTheirRatio) {
  const Interval interval = ratio_interval({6, 6, 6, 6}, {3, 3, 3});
  EXPECT_DOUBLE_EQ(2, interval.low);
  EXPECT_DOUBLE_EQ(2, interval.high);
}

TEST(DifferenceInterval, OfConstantsIsTheirDifference) {
  const Interval interval = difference_interval({6, 6, 6, 6}, {4, 4, 4});
  EXPECT_DOUBLE_EQ(2, interval.low);
  EXPECT_DOUBLE_EQ(2, interval.high);
}

TEST(RatioInterval, HoldsTheRatioAndNarrowsWithMoreSamples) {
  const auto spread = [](std::size_t count, double middle) {
    Sample sample;
    for (std::size_t i = 0; i < count; ++i) {
      sample.push_back(middle * (0.8 + 0.4 * static_cast<double>(i) /
                                           static_cast<double>(count - 1)));
    }
    return sample;
  };
  const Interval few = ratio_interval(spread(11, 4), spread(11, 2));
  const Interval many = ratio_interval(spread(301, 4), spread(301, 2));
  for (const Interval& interval : {few, many}) {
    EXPECT_LT(interval.low, 2);
    EXPECT_GT(interval.high, 2);
  }
  EXPECT_LT(many.high - many.low, (few.high - few.low) / 2);
}

TEST(Ratios, ArePairedByRoundOrElseByTheMedian) {
  EXPECT_THAT(ratios({2, 6, 12}, {1, 2, 3}), ElementsAre(2, 3, 4));
  EXPECT_THAT(ratios({2, 6}, {1, 2, 3}), ElementsAre(1, 3));
}

TEST(Slope, IgnoresAnOutlier) {
  EXPECT_DOUBLE_EQ(2, slope({0, 1, 2, 3, 4}, {1, 3, 5, 7, 900}));
}

/// Two samples without ties whose smaller U is `u`: b is 0.5, 1.5, … and the
/// values of a lie where together they exceed u values of b.
std::pair<Sample, Sample> with_u(std::size_t u, std::size_t n, std::size_t m) {
  Sample a;
  Sample b;
  for (std::size_t j = 0; j < m; ++j) b.push_back(static_cast<double>(j) + 0.5);
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t exceeds = std::min(u, m);
    u -= exceeds;
    a.push_back(static_cast<double>(exceeds) + 0.001 * static_cast<double>(i));
  }
  return {a, b};
}

struct Critical {
  std::size_t n;
  std::size_t m;
  std::size_t u;
};

class PublishedTable : public ::testing::TestWithParam<Critical> {};

// The largest U that is significant at 0.05, two-sided, as in the tables of
// any textbook.
INSTANTIATE_TEST_SUITE_P(
    RankTest, PublishedTable,
    ::testing::Values(Critical{4, 4, 0}, Critical{5, 5, 2}, Critical{5, 8, 6},
                      Critical{8, 8, 13}, Critical{10, 10, 23},
                      Critical{12, 9, 26}, Critical{15, 15, 64},
                      Critical{20, 20, 127}));

TEST_P(PublishedTable, IsMet) {
  const auto [n, m, u] = GetParam();
  const auto [a, b] = with_u(u, n, m);
  const RankTest significant = rank_test(a, b);
  EXPECT_TRUE(significant.exact);
  EXPECT_DOUBLE_EQ(static_cast<double>(u), significant.u);
  EXPECT_LE(significant.p, 0.05);
  const auto [c, d] = with_u(u + 1, n, m);
  EXPECT_GT(rank_test(c, d).p, 0.05);
  EXPECT_DOUBLE_EQ(significant.p, rank_test(b, a).p);
}

// The worked example of scipy.stats.mannwhitneyu (ages of diabetics).
TEST(RankTest, WorkedExample) {
  const Sample males = {19, 22, 16, 29, 24};
  const Sample females = {20, 11, 17, 12};
  const RankTest test = rank_test(males, females);
  EXPECT_DOUBLE_EQ(17, test.u);
  EXPECT_THAT(test.p, DoubleNear(1.0 / 9, 1e-12));
  EXPECT_DOUBLE_EQ(0.7, test.delta);
}

TEST(RankTest, OfLargeSamplesAgreesWithTheExactOne) {
  Sample a;
  Sample b;
  for (int i = 0; i < 30; ++i) {
    a.push_back(i + 0.0137 * (i * 7 % 11));
    b.push_back(i + 4.1 + 0.0311 * (i * 5 % 13));
  }
  const RankTest exact = rank_test(a, b);
  ASSERT_TRUE(exact.exact);
  a.push_back(15.5);
  b.push_back(19.5);
  const RankTest normal = rank_test(a, b);
  ASSERT_FALSE(normal.exact);
  EXPECT_THAT(normal.p, DoubleNear(exact.p, 0.01));
}

TEST(RankTest, CorrectsForTies) {
  // All tied: no evidence of anything.
  EXPECT_DOUBLE_EQ(1, rank_test({1, 1, 1}, {1, 1, 1}).p);
  EXPECT_DOUBLE_EQ(0, rank_test({1, 1, 1}, {1, 1, 1}).delta);
  // By hand: ranks 1.5 1.5 3 | 5 5 5 7 → U = 0, σ² = 12/12·(8 - 30/42).
  const RankTest test = rank_test({1, 1, 2}, {3, 3, 3, 4});
  EXPECT_FALSE(test.exact);
  EXPECT_DOUBLE_EQ(0, test.u);
  const double z = (6 - 0.5) / std::sqrt(8 - 30.0 / 42);
  EXPECT_THAT(test.p, DoubleNear(std::erfc(z / std::sqrt(2)), 1e-12));
}

TEST(RankTest, OfNothingSaysNothing) {
  EXPECT_DOUBLE_EQ(1, rank_test({}, {1, 2}).p);
}

// Holm (1979): the smallest p times n, the next times n-1, never falling.
TEST(Holm, WorkedExample) {
  EXPECT_THAT(holm({0.01, 0.04, 0.03, 0.005}),
              ElementsAre(DoubleNear(0.03, 1e-12), DoubleNear(0.06, 1e-12),
                          DoubleNear(0.06, 1e-12), DoubleNear(0.02, 1e-12)));
  EXPECT_THAT(holm({0.9, 0.8}), ElementsAre(1, 1));
}

}  // namespace
}  // namespace bulkhead::bench
