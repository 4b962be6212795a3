#include "bench/view.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace bulkhead::bench {
namespace {

std::optional<Ratio> ratio_of(const Group& group, const Sample& sample,
                              const std::string& other) {
  const Row* const row = group.find(other);
  if (row == nullptr) return std::nullopt;
  const Sample* const base = shown_samples(group, *row);
  if (base == nullptr || median(*base) <= 0) return std::nullopt;
  // The best decile is the one at the good end.
  const double best = group.more_is_better ? 0.9 : 0.1;
  return Ratio{
      .of_medians = median(sample) / median(*base),
      .interval = ratio_interval(sample, *base),
      .of_best_deciles = quantile(sample, best) / quantile(*base, best)};
}

/// Whether others had the CPUs: then medians tell of them as well.
bool is_loaded(const Figures& run) {
  return run.noise.load_before > run.machine.cpus / 2.0;
}

}  // namespace

const Sample* shown_samples(const Group& group, const Row& row) {
  if (!row.error.empty()) return nullptr;
  const auto found = row.samples.find(group.metric);
  if (found == row.samples.end() || found->second.empty()) return nullptr;
  return &found->second;
}

std::optional<RowView> view_of(const Group& group, const Row& row) {
  const Sample* const sample = shown_samples(group, row);
  if (sample == nullptr) return std::nullopt;
  RowView view{.p10 = quantile(*sample, 0.1),
               .median = median(*sample),
               .p99 = quantile(*sample, 0.99)};
  if (!row.baseline.empty()) {
    view.to_baseline = ratio_of(group, *sample, row.baseline);
  }
  if (!group.subject.empty() && row.name != group.subject) {
    view.to_subject = ratio_of(group, *sample, group.subject);
  }
  return view;
}

std::string number_text(double value) {
  if (!std::isfinite(value)) return "–";
  const double size = std::abs(value);
  if (size >= 100) return fmt::format("{:.0f}", value);
  if (size >= 10) return fmt::format("{:.1f}", value);
  return fmt::format("{:.2f}", value);
}

std::string ratio_text(const Ratio& ratio) {
  return fmt::format("{} [{}–{}]", number_text(ratio.of_medians),
                     number_text(ratio.interval.low),
                     number_text(ratio.interval.high));
}

std::string machine_text(const Figures& run) {
  const Machine& machine = run.machine;
  return fmt::format(
      "Linux {}, {} × {}, {:.0f} MB, cgroups {}; {} rounds, {} us between "
      "samples, seed {}{}",
      machine.kernel, machine.cpus, machine.cpu, machine.memory_mb,
      machine.cgroups, run.rounds, run.gap_us, run.seed,
      run.quick ? "; quick: too few rounds to say anything about time" : "");
}

std::string noise_text(const Figures& run) {
  const Noise& noise = run.noise;
  const double middle = median(noise.calibration_us);
  std::string text = fmt::format(
      "load {:.2f} before, {:.2f} after; CPUs {:.0f} % busy, {:.1f} % stolen",
      noise.load_before, noise.load_after, noise.busy_percent,
      noise.steal_percent);
  if (is_loaded(run)) {
    text += "; not quiet: other work had the CPUs, and times are its times too";
  }
  if (noise.calibration_us.empty() || middle <= 0) return text;
  return text + fmt::format(
                    "; a fixed loop of {} us takes {:+.1f} % at p10, "
                    "{:+.1f} % at p99",
                    number_text(middle),
                    100 * (quantile(noise.calibration_us, 0.1) / middle - 1),
                    100 * (quantile(noise.calibration_us, 0.99) / middle - 1));
}

}  // namespace bulkhead::bench
