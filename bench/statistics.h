// The statistics of the reports. Everything works on copies: a sample keeps
// its order, which is that of the rounds.
#pragma once

#include <cstdint>
#include <vector>

namespace bulkhead::bench {

using Sample = std::vector<double>;

/// The quantile `q` (0…1), linear between neighbours (R's type 7, numpy's
/// default). NaN of nothing.
[[nodiscard]] double quantile(const Sample& sample, double q);
[[nodiscard]] inline double median(const Sample& sample) {
  return quantile(sample, 0.5);
}

struct Interval {
  double low = 0;
  double high = 0;
};

/// The 95 % percentile-bootstrap interval of quantile(a, q) / quantile(b, q).
/// The same `seed` gives the same interval.
[[nodiscard]] Interval ratio_interval(const Sample& a, const Sample& b,
                                      double q = 0.5, std::uint64_t seed = 1);

/// The same of quantile(a, q) - quantile(b, q).
[[nodiscard]] Interval difference_interval(const Sample& a, const Sample& b,
                                           double q = 0.5,
                                           std::uint64_t seed = 1);

/// a[i] / b[i] where both were sampled in the same rounds, otherwise
/// a[i] / median(b).
[[nodiscard]] Sample ratios(const Sample& a, const Sample& b);

/// The median of the slopes between all pairs of points (Theil–Sen).
[[nodiscard]] double slope(const Sample& x, const Sample& y);

struct RankTest {
  double u = 0;      ///< Pairs in which a is the larger; a tie counts half.
  double p = 1;      ///< Two-sided.
  double delta = 0;  ///< Cliff's: -1 all of a below b, 1 all above.
  bool exact = false;
};

/// Mann–Whitney U. Exact for small samples without ties, else by the normal
/// distribution, corrected for ties and continuity.
[[nodiscard]] RankTest rank_test(const Sample& a, const Sample& b);

/// The p values after Holm's correction, in the order given.
[[nodiscard]] std::vector<double> holm(const std::vector<double>& p);

}  // namespace bulkhead::bench
