#include "bench/distribution.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "bench/view.h"
#include "verify/report_html.h"

namespace bulkhead::bench {
namespace {

constexpr double kWidth = 360;
constexpr double kHeight = 26;
constexpr double kScaleHeight = 22;
constexpr int kPoints = 120;
/// Nothing is drawn to the left of a nanosecond, and of nothing.
constexpr double kSmallest = 1e-3;
/// Of the axis, in the least: a kernel narrower than what a pixel shows would
/// draw a comb.
constexpr double kNarrowestKernel = 0.006;

double log_of(double value) { return std::log(std::max(value, kSmallest)); }

/// Silverman's rule, on the axis' own scale.
double kernel_width(const std::vector<double>& places) {
  const Sample sample(places.begin(), places.end());
  const double spread =
      (quantile(sample, 0.75) - quantile(sample, 0.25)) / 1.34;
  const double width =
      0.9 * spread * std::pow(static_cast<double>(places.size()), -0.2);
  return std::max(width, kNarrowestKernel * kWidth);
}

std::vector<double> density(const std::vector<double>& places) {
  const double width = kernel_width(places);
  std::vector<double> heights;
  heights.reserve(kPoints + 1);
  for (int i = 0; i <= kPoints; ++i) {
    const double at = kWidth * i / kPoints;
    double sum = 0;
    for (const double place : places) {
      const double z = (at - place) / width;
      sum += std::exp(-z * z / 2);
    }
    heights.push_back(sum);
  }
  const double tallest = *std::ranges::max_element(heights);
  for (double& height : heights) {
    height = tallest > 0 ? height / tallest : 0;
  }
  return heights;
}

std::string line(const char* kind, double at) {
  return fmt::format(
      R"(<line class="{}" x1="{:.1f}" x2="{:.1f}" y1="0" y2="{:.0f}"/>)", kind,
      at, at, kHeight);
}

}  // namespace

Axis::Axis(const Group& group) {
  bool any = false;
  for (const Row& row : group.rows) {
    const Sample* const sample = shown_samples(group, row);
    if (sample == nullptr) continue;
    const double low = log_of(quantile(*sample, 0));
    const double high = log_of(quantile(*sample, 1));
    low_ = any ? std::min(low_, low) : low;
    high_ = any ? std::max(high_, high) : high;
    any = true;
  }
  const double margin = std::max(0.02, (high_ - low_) * 0.02);
  low_ -= margin;
  high_ += margin;
}

double Axis::place(double value) const {
  return (log_of(value) - low_) / (high_ - low_) * kWidth;
}

std::string Axis::picture(const Sample& sample, double base,
                          const std::string& label) const {
  std::vector<double> places;
  places.reserve(sample.size());
  for (const double value : sample) places.push_back(place(value));
  std::string points = fmt::format("0,{:.0f}", kHeight);
  const std::vector<double> heights = density(places);
  for (int i = 0; i <= kPoints; ++i) {
    points += fmt::format(
        " {:.1f},{:.1f}", kWidth * i / kPoints,
        kHeight - heights[static_cast<std::size_t>(i)] * (kHeight - 2));
  }
  points += fmt::format(" {:.0f},{:.0f}", kWidth, kHeight);
  return fmt::format(
             R"(<svg role="img" aria-label="{}" width="{:.0f}" height="{:.0f}">)",
             verify::html_escaped(label), kWidth, kHeight) +
         fmt::format(R"(<polygon class="shape" points="{}"/>)", points) +
         (base > 0 ? line("base", place(base)) : std::string()) +
         line("middle", place(median(sample))) + "</svg>";
}

std::string Axis::scale() const {
  std::string text =
      fmt::format(R"(<svg aria-hidden="true" width="{:.0f}" height="{:.0f}">)",
                  kWidth, kScaleHeight);
  double last = -kWidth;
  for (int power = -3; power <= 9; ++power) {
    for (const int step : {1, 2, 5}) {
      const double value = step * std::pow(10.0, power);
      const double at = place(value);
      // Far enough from the last one to be read.
      if (at < 0 || at > kWidth || at - last < kWidth / 9) continue;
      last = at;
      text += fmt::format(
          R"(<line class="axis" x1="{0:.1f}" x2="{0:.1f}" y1="14" y2="22"/>)"
          R"(<text x="{0:.1f}" y="11" text-anchor="middle">{1:g}</text>)",
          at, value);
    }
  }
  return text + "</svg>";
}

}  // namespace bulkhead::bench
