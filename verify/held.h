// What one container said about one probe, without a control beside it.
#pragma once

#include <map>
#include <string>

#include "probes/probe.h"
#include "verify/container.h"

namespace bulkhead::verify {

enum class Held {
  kContained,    ///< The attempt was refused and nothing outside changed.
  kEscaped,      ///< It got through, or something outside changed.
  kOverBlocked,  ///< The attempt was refused, but its permitted twin too.
  kAbsent,       ///< This kernel has no such feature.
  kUnknown,      ///< No trustworthy answer.
};
using HeldByProbe = std::map<std::string, Held>;

/// judge()'s verdict about `probe` in `run`, were the control seen to escape.
[[nodiscard]] Held held(const ContainerRun& run, const probes::Probe& probe);

}  // namespace bulkhead::verify
