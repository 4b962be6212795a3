#include "bench/sampler.h"

#include <algorithm>
#include <numeric>

namespace bulkhead::bench {
namespace {

void sample(const Variant& variant, bool counts, Row& row) {
  const Result<Times> times = variant.once();
  const Status settled = variant.settle ? variant.settle() : Status();
  if (!times || !settled) {
    row.error = (times ? settled.error() : times.error()).message();
    row.samples.clear();
    return;
  }
  if (!counts) return;
  row.samples["first"].push_back(times->first);
  row.samples["total"].push_back(times->total);
}

}  // namespace

std::vector<Row> empty_rows(const std::vector<Variant>& variants) {
  std::vector<Row> rows;
  rows.reserve(variants.size());
  for (const Variant& variant : variants) {
    rows.push_back({.name = variant.name,
                    .about = variant.about,
                    .baseline = variant.baseline});
  }
  return rows;
}

std::vector<Row> measure(Ground& ground, int rounds,
                         const std::vector<Variant>& variants) {
  std::vector<Row> rows = empty_rows(variants);
  std::vector<std::size_t> order(variants.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (int round = -1; round < rounds; ++round) {
    if (round >= 0) {
      ground.progress("round " + std::to_string(round + 1) + " of " +
                      std::to_string(rounds));
    }
    std::ranges::shuffle(order, ground.random);
    for (const std::size_t i : order) {
      if (!rows[i].error.empty()) continue;
      ground.leave_gap();
      sample(variants[i], round >= 0, rows[i]);
    }
  }
  return rows;
}

}  // namespace bulkhead::bench
