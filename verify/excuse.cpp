#include "verify/excuse.h"

#include <algorithm>

namespace bulkhead::verify {

using probes::Outcome;

void excuse_unasked(const Subject& subject, Record& record) {
  const auto asked = [&](const std::string& word) {
    const auto boundary = boundary_named(word);
    return !boundary || subject.is_asked(*boundary);
  };
  if (record.verdict != Verdict::kEscaped ||
      std::ranges::any_of(record.watches, asked)) {
    return;
  }
  record.verdict = Verdict::kOpen;
  record.reason += "; nothing asks " + subject.name() + " for " +
                   record.boundary + ": it has no word for it";
}

void excuse_unoffered(const Subject& subject, const Answer& answer,
                      Record& record) {
  const Observed& seen = record.seen;
  if (record.verdict != Verdict::kInconclusive ||
      !is(seen.attempt, Outcome::kRefused) ||
      !is(seen.control, Outcome::kReached) ||
      !is(seen.witness, Outcome::kBroken)) {
    return;
  }
  const std::string& part = seen.witness->missing_fact;
  // "tmpfs mounts", or "tmpfs mounts at /run" where it keeps its own.
  const auto lacks = [&](const NotOffered& lack) {
    return lack.what == part || lack.what.starts_with(part + " at ");
  };
  if (part.empty() || std::ranges::none_of(answer.not_offered, lacks)) return;
  record.verdict = Verdict::kUnsupported;
  record.reason = subject.name() + " has no word for " + part + ": " +
                  seen.witness->evidence;
}

}  // namespace bulkhead::verify
