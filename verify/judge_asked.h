// The verdict on a container of the user's own: what its config asks for must
// hold, and what it leaves open is said to be open.
#pragma once

#include <string>

#include "verify/judge.h"

namespace bulkhead::verify {

/// What is known of a claim before any subject is looked at.
struct Claim {
  /// Probe::as_asked: where the attempt gets through, the config was not met.
  bool as_asked = false;
  /// What the config does not ask for, of the boundaries that the probe
  /// watches, in words; empty: it asks for all of them, as strong as the
  /// hardened preset has them.
  std::string not_asked;
  /// The reference refuses it whatever the config says: its refusal says
  /// nothing about what was asked for.
  bool unasked_by_reference = false;
};

/// `reference` is what the reference runtime met that was given the same
/// config; it decides what the config asks for.
///
/// | subject (judge)    | reference            | claim     | verdict        |
/// |--------------------|----------------------|-----------|----------------|
/// | escaped            | any                  | as asked, | escaped        |
/// |                    |                      | or all of |                |
/// |                    |                      | it asked  |                |
/// | escaped            | attempt refused      |           | escaped        |
/// | escaped            | attempt refused      | unasked   | open           |
/// | escaped            | escaped              |           | open           |
/// | escaped            | no answer            |           | inconclusive   |
/// | the attempt misses a fact of the config in both      | open, or       |
/// |                                  all of it asked     | unsupported    |
/// | inconclusive: a half is broken or absent in both     | unsupported    |
/// | anything else                                        | as judge() has |
[[nodiscard]] Judgement judge_asked(const Observed& subject,
                                    const Observed& reference,
                                    const Claim& claim);

}  // namespace bulkhead::verify
