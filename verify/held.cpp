#include "verify/held.h"

#include <optional>

#include "verify/judge.h"

namespace bulkhead::verify {
namespace {

using probes::Observation;
using probes::Outcome;

}  // namespace

Held held(const ContainerRun& run, const probes::Probe& probe) {
  Observed seen{.control = probes::reached("the lab"),
                .outside_expected = probe.inspect != nullptr};
  if (const auto halves = run.transcript.halves.find(probe.id);
      halves != run.transcript.halves.end()) {
    seen.attempt = halves->second.attempt;
    seen.witness = halves->second.witness;
  }
  if (const auto outside = run.outside.find(probe.id);
      outside != run.outside.end()) {
    seen.outside = outside->second;
    seen.outside_expected = true;
  }
  switch (judge(seen).verdict) {
    case Verdict::kContained:
      return Held::kContained;
    case Verdict::kEscaped:
      return Held::kEscaped;
    case Verdict::kUnsupported:
    case Verdict::kInconclusive:
    case Verdict::kOpen:
      break;
  }
  if (is(seen.attempt, Outcome::kAbsent)) return Held::kAbsent;
  return is(seen.attempt, Outcome::kRefused) &&
                 is(seen.witness, Outcome::kBroken)
             ? Held::kOverBlocked
             : Held::kUnknown;
}

}  // namespace bulkhead::verify
