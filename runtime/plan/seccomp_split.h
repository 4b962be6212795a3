// What of a seccomp policy needs no libseccomp but for its numbers. libseccomp
// takes milliseconds to compile some hundred calls for three architectures,
// merges some rules of several arguments into others than were asked for, and
// compares 32 bits of an argument on x32, where the kernel has 64.
#pragma once

#include <string>

#include "runtime/spec/spec.h"

namespace bulkhead {

/// A policy in two parts.
struct SplitSeccomp {
  /// A list of instructions that answers the calls of rules, and goes on after
  /// its end for all others.
  std::string code;
  /// The policy with those rules that `code` does not answer on every
  /// architecture: of calls behind i386's multiplexed entries, which libseccomp
  /// rewrites there, and names that are not known.
  Seccomp rest;
};

/// `policy`, which neither contradicts itself (refuse_conflicts()) nor has
/// anything overruled, in two parts. On an architecture of which libseccomp
/// knows more than numbers all is `rest`.
[[nodiscard]] SplitSeccomp split_seccomp(const Seccomp& policy);

}  // namespace bulkhead
