// The outside halves of all probes of a run.
#pragma once

#include "probes/probe.h"
#include "verify/site.h"

namespace bulkhead::verify {

/// Planted in order and cleaned in reverse, on every path.
class OutsideHalves {
 public:
  OutsideHalves(const Site& site, probes::Facts& facts)
      : site_(site), facts_(facts) {}
  OutsideHalves(const OutsideHalves&) = delete;
  OutsideHalves& operator=(const OutsideHalves&) = delete;
  ~OutsideHalves();

  /// False: the probe cannot be run.
  [[nodiscard]] bool plant(const probes::Probe& probe);
  [[nodiscard]] probes::Observation inspect(const probes::Probe& probe);

 private:
  [[nodiscard]] probes::Outside outside_of(const probes::Probe& probe);

  const Site& site_;
  probes::Facts& facts_;
  ProbeList planted_;
};

}  // namespace bulkhead::verify
