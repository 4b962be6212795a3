#include "verify/judge.h"

#include <cstring>

namespace bulkhead::verify {
namespace {

using probes::Observation;
using probes::Outcome;

std::string met(const Observation& observation) {
  std::string text;
  switch (observation.outcome) {
    case Outcome::kRefused:
      text = "was refused";
      break;
    case Outcome::kReached:
      text = "got through";
      break;
    case Outcome::kAbsent:
      text = "found no such feature";
      break;
    case Outcome::kBroken:
      text = "could not be tried";
      break;
  }
  if (observation.error != 0) {
    text += std::string(" (") + strerror(observation.error) + ")";
  }
  if (!observation.evidence.empty()) text += ": " + observation.evidence;
  return text;
}

/// Why a run that neither escaped nor was unsupported is not contained;
/// empty if it is.
std::string missing_proof(const Observed& seen) {
  if (seen.outside_expected && is(seen.outside, Outcome::kBroken)) {
    return "the outside half " + met(*seen.outside);
  }
  if (!seen.attempt) return "no trustworthy record of the attempt";
  if (!seen.control && !is(seen.control_outside, Outcome::kReached)) {
    return "no control: no trustworthy record with the boundaries taken out";
  }
  if (!is(seen.control, Outcome::kReached) &&
      !is(seen.control_outside, Outcome::kReached)) {
    return "blind here: with the boundaries taken out the attempt still " +
           met(*seen.control);
  }
  if (!is(seen.attempt, Outcome::kRefused)) {
    return "the attempt " + met(*seen.attempt);
  }
  if (!seen.witness) return "no trustworthy record of the witness";
  if (!is(seen.witness, Outcome::kReached)) {
    return "over-blocked: the witness, which is permitted, " +
           met(*seen.witness);
  }
  if (seen.outside_expected && !seen.outside) {
    return "the outside half gave no answer";
  }
  if (seen.outside_expected && !is(seen.outside, Outcome::kRefused)) {
    return "the outside half " + met(*seen.outside);
  }
  return {};
}

}  // namespace

Judgement judge(const Observed& seen) {
  if (is(seen.attempt, Outcome::kReached)) {
    return {Verdict::kEscaped, "the attempt " + met(*seen.attempt)};
  }
  if (is(seen.outside, Outcome::kReached)) {
    return {Verdict::kEscaped, "changed outside: " + seen.outside->evidence};
  }
  if (is(seen.control, Outcome::kAbsent) &&
      !is(seen.control_outside, Outcome::kReached) &&
      (is(seen.attempt, Outcome::kRefused) ||
       is(seen.attempt, Outcome::kAbsent))) {
    return {Verdict::kUnsupported, seen.control->evidence};
  }
  std::string reason = missing_proof(seen);
  if (!reason.empty()) return {Verdict::kInconclusive, std::move(reason)};
  return {Verdict::kContained, {}};
}

}  // namespace bulkhead::verify
