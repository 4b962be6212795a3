#include "verify/judge_asked.h"

#include <utility>

namespace bulkhead::verify {
namespace {

using probes::Observation;
using probes::Outcome;
using Half = std::optional<Observation>;

bool escaped(const Observed& seen) {
  return is(seen.attempt, Outcome::kReached) ||
         is(seen.outside, Outcome::kReached);
}

/// A limit that is not asked for cannot be tried (probes/facts.md).
bool misses_a_fact(const Half& seen) {
  return is(seen, Outcome::kBroken) && !seen->missing_fact.empty();
}

/// Neither the attempt nor anything outside can be had under either: the
/// reason, or nothing.
const Observation* nothing_to_stand_on(const Observed& subject,
                                       const Observed& reference) {
  const auto same = [](const Half& one, const Half& other,
                       Outcome outcome) -> const Observation* {
    return is(one, outcome) && is(other, outcome) ? &*one : nullptr;
  };
  for (const Outcome outcome : {Outcome::kBroken, Outcome::kAbsent}) {
    if (const auto* why = same(subject.attempt, reference.attempt, outcome)) {
      return why;
    }
  }
  if (const auto* why =
          same(subject.outside, reference.outside, Outcome::kBroken)) {
    return why;
  }
  return same(subject.witness, reference.witness, Outcome::kBroken);
}

Judgement judge_escape(Judgement judgement, const Observed& reference,
                       const Claim& claim) {
  if (claim.as_asked) {
    judgement.reason = "not as the config asks: " + judgement.reason;
    return judgement;
  }
  const bool refused = is(reference.attempt, Outcome::kRefused) &&
                       !is(reference.outside, Outcome::kReached);
  if (refused && !claim.unasked_by_reference) {
    judgement.reason =
        "bulkhead, given the same config, keeps it in: " + judgement.reason;
    return judgement;
  }
  if (claim.not_asked.empty()) {
    judgement.reason =
        "the config asks for all that contains it: " + judgement.reason;
    return judgement;
  }
  if (refused || escaped(reference)) {
    return {Verdict::kOpen,
            judgement.reason + "; the config leaves open: " + claim.not_asked};
  }
  return {Verdict::kInconclusive,
          "what the config asks for cannot be told, as bulkhead gave no answer "
          "with it: " +
              judgement.reason};
}

}  // namespace

Judgement judge_asked(const Observed& subject, const Observed& reference,
                      const Claim& claim) {
  Judgement judgement = judge(subject);
  if (judgement.verdict == Verdict::kEscaped) {
    return judge_escape(std::move(judgement), reference, claim);
  }
  if (judgement.verdict != Verdict::kInconclusive) return judgement;
  if (misses_a_fact(subject.attempt) && misses_a_fact(reference.attempt) &&
      !claim.not_asked.empty()) {
    return {Verdict::kOpen,
            "not tried; the config leaves open: " + claim.not_asked};
  }
  if (const auto* why = nothing_to_stand_on(subject, reference)) {
    return {Verdict::kUnsupported,
            "this config leaves nothing to stand on: " + why->evidence};
  }
  return judgement;
}

}  // namespace bulkhead::verify
