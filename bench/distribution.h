// Distributions as small pictures: SVG to stand inside a page.
#pragma once

#include <string>

#include "bench/model.h"

namespace bulkhead::bench {

/// The range of all rows of a group, on a logarithmic scale: every picture of
/// the group has the same axis.
class Axis {
 public:
  explicit Axis(const Group& group);

  /// The density of `sample` with its median; `base` is the median of what it
  /// is compared with, 0 for none. `label` is for who cannot see it.
  [[nodiscard]] std::string picture(const Sample& sample, double base,
                                    const std::string& label) const;
  /// The axis itself, with numbers.
  [[nodiscard]] std::string scale() const;

 private:
  [[nodiscard]] double place(double value) const;

  double low_ = 0;  ///< Logarithms.
  double high_ = 1;
};

}  // namespace bulkhead::bench
