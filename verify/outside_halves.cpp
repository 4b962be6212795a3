#include "verify/outside_halves.h"

#include <sys/stat.h>

#include <exception>

namespace bulkhead::verify {

using probes::Observation;
using probes::Outside;
using probes::Probe;

OutsideHalves::~OutsideHalves() {
  for (auto it = planted_.rbegin(); it != planted_.rend(); ++it) {
    if ((*it)->clean == nullptr) continue;
    Outside outside = outside_of(**it);
    try {
      (*it)->clean(outside);
    } catch (const std::exception&) {
      // Whatever it meant to remove ends with the box.
      continue;
    }
  }
}

bool OutsideHalves::plant(const Probe& probe) {
  mkdir(site_.outside(probe.id).c_str(), 0755);
  planted_.push_back(&probe);
  if (probe.plant == nullptr) return true;
  Outside outside = outside_of(probe);
  try {
    return probe.plant(outside);
  } catch (const std::exception&) {
    return false;
  }
}

Observation OutsideHalves::inspect(const Probe& probe) {
  Outside outside = outside_of(probe);
  try {
    return probe.inspect(outside);
  } catch (const std::exception& error) {
    return probes::broken(error.what());
  }
}

Outside OutsideHalves::outside_of(const Probe& probe) {
  return Outside(facts_, probe.id, site_.outside(probe.id));
}

}  // namespace bulkhead::verify
