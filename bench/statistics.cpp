#include "bench/statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>

namespace bulkhead::bench {
namespace {

constexpr int kResamples = 2000;
/// Up to here the exact distribution of U costs nothing worth mentioning.
constexpr std::size_t kMostForExact = 30;

/// Sorts what it is given as far as it must.
double quantile_in_place(Sample& sample, double q) {
  if (sample.empty()) return std::numeric_limits<double>::quiet_NaN();
  const double at = q * static_cast<double>(sample.size() - 1);
  const auto below = static_cast<std::ptrdiff_t>(std::floor(at));
  std::nth_element(sample.begin(), sample.begin() + below, sample.end());
  const double low = sample[static_cast<std::size_t>(below)];
  const double rest = at - static_cast<double>(below);
  if (rest == 0) return low;
  const double high =
      *std::min_element(sample.begin() + below + 1, sample.end());
  return low + rest * (high - low);
}

double resampled_quantile(const Sample& sample, double q,
                          std::mt19937_64& random, Sample& scratch) {
  std::uniform_int_distribution<std::size_t> pick(0, sample.size() - 1);
  scratch.resize(sample.size());
  for (double& value : scratch) value = sample[pick(random)];
  return quantile_in_place(scratch, q);
}

template <class Combine>
Interval interval_of(const Sample& a, const Sample& b, double q,
                     std::uint64_t seed, Combine combine) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  if (a.empty() || b.empty()) return {kNone, kNone};
  std::mt19937_64 random(seed);
  Sample scratch;
  Sample found;
  found.reserve(kResamples);
  for (int i = 0; i < kResamples; ++i) {
    const double one = resampled_quantile(a, q, random, scratch);
    found.push_back(combine(one, resampled_quantile(b, q, random, scratch)));
  }
  return {quantile(found, 0.025), quantile(found, 0.975)};
}

struct Ranked {
  double rank_sum_a = 0;
  double tie_term = 0;  ///< Sum of t³ - t over groups of t equal values.
};

Ranked rank(const Sample& a, const Sample& b) {
  std::vector<std::pair<double, bool>> all;
  for (const double value : a) all.emplace_back(value, true);
  for (const double value : b) all.emplace_back(value, false);
  std::ranges::sort(all);
  Ranked result;
  for (std::size_t i = 0; i < all.size();) {
    std::size_t end = i;
    std::size_t of_a = 0;
    while (end < all.size() && all[end].first == all[i].first) {
      of_a += all[end].second ? 1 : 0;
      ++end;
    }
    const double tied = static_cast<double>(end - i);
    const double shared_rank = static_cast<double>(i + 1 + end) / 2;
    result.rank_sum_a += shared_rank * static_cast<double>(of_a);
    result.tie_term += tied * tied * tied - tied;
    i = end;
  }
  return result;
}

/// P(U <= u) of samples of n and m, by the counts of every rank sum.
double probability_at_most(std::size_t u, std::size_t n, std::size_t m) {
  // ways[i][j]: ways to place i of a among what was looked at with U = j.
  std::vector<std::vector<double>> ways(n + 1,
                                        std::vector<double>(n * m + 1, 0));
  ways[0][0] = 1;
  for (std::size_t seen = 0; seen < n + m; ++seen) {
    for (std::size_t i = std::min(seen, n - 1) + 1; i-- > 0;) {
      if (seen < i || seen - i > m) continue;
      const std::size_t below = seen - i;  // Values of b below the next of a.
      for (std::size_t j = 0; j + below <= n * m; ++j) {
        ways[i + 1][j + below] += ways[i][j];
      }
    }
  }
  const auto& counts = ways[n];
  const double total = std::accumulate(counts.begin(), counts.end(), 0.0);
  return std::accumulate(counts.begin(),
                         counts.begin() + static_cast<std::ptrdiff_t>(u) + 1,
                         0.0) /
         total;
}

double normal_p(double u, double n, double m, double tie_term) {
  const double total = n + m;
  const double variance =
      n * m / 12 * (total + 1 - tie_term / (total * (total - 1)));
  if (variance <= 0) return 1;
  const double distance = std::max(0.0, std::abs(u - n * m / 2) - 0.5);
  return std::erfc(distance / std::sqrt(2 * variance));
}

}  // namespace

double quantile(const Sample& sample, double q) {
  Sample copy = sample;
  return quantile_in_place(copy, q);
}

Interval ratio_interval(const Sample& a, const Sample& b, double q,
                        std::uint64_t seed) {
  return interval_of(a, b, q, seed,
                     [](double one, double other) { return one / other; });
}

Interval difference_interval(const Sample& a, const Sample& b, double q,
                             std::uint64_t seed) {
  return interval_of(a, b, q, seed,
                     [](double one, double other) { return one - other; });
}

Sample ratios(const Sample& a, const Sample& b) {
  Sample result;
  result.reserve(a.size());
  const double middle = median(b);
  for (std::size_t i = 0; i < a.size(); ++i) {
    result.push_back(a[i] / (a.size() == b.size() ? b[i] : middle));
  }
  return result;
}

double slope(const Sample& x, const Sample& y) {
  Sample slopes;
  for (std::size_t i = 0; i < x.size(); ++i) {
    for (std::size_t j = i + 1; j < x.size(); ++j) {
      if (x[i] != x[j]) slopes.push_back((y[j] - y[i]) / (x[j] - x[i]));
    }
  }
  return median(slopes);
}

RankTest rank_test(const Sample& a, const Sample& b) {
  RankTest result;
  if (a.empty() || b.empty()) return result;
  const auto n = static_cast<double>(a.size());
  const auto m = static_cast<double>(b.size());
  const Ranked ranked = rank(a, b);
  result.u = ranked.rank_sum_a - n * (n + 1) / 2;
  result.delta = 2 * result.u / (n * m) - 1;
  result.exact =
      ranked.tie_term == 0 && std::max(a.size(), b.size()) <= kMostForExact;
  if (result.exact) {
    const double smaller = std::min(result.u, n * m - result.u);
    result.p =
        std::min(1.0, 2 * probability_at_most(static_cast<std::size_t>(smaller),
                                              a.size(), b.size()));
  } else {
    result.p = normal_p(result.u, n, m, ranked.tie_term);
  }
  return result;
}

std::vector<double> holm(const std::vector<double>& p) {
  std::vector<std::size_t> order(p.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return p[i]; });
  std::vector<double> adjusted(p.size());
  double so_far = 0;
  for (std::size_t k = 0; k < order.size(); ++k) {
    const double factor = static_cast<double>(p.size() - k);
    so_far = std::max(so_far, std::min(1.0, factor * p[order[k]]));
    adjusted[order[k]] = so_far;
  }
  return adjusted;
}

}  // namespace bulkhead::bench
