// Rules of a seccomp policy that cannot all be kept.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "runtime/base/result.h"
#include "runtime/spec/spec.h"

namespace bulkhead {

/// Fails on what libseccomp compiles into less than was asked for without a
/// word: two rules of one call that may both match and answer differently, and
/// a rule that lets through by an argument which i386's multiplexed entry
/// (socketcall, ipc) does not show to a filter, unless closed_entries() has it.
[[nodiscard]] Status refuse_conflicts(const Seccomp& policy);

/// "argument 0 == 40 → errno 1", "whatever its arguments → allow".
[[nodiscard]] std::string rule_words(const SeccompRule& rule);

/// Whether the comparison holds for `value`.
[[nodiscard]] bool matches(const SeccompArgument& argument,
                           std::uint64_t value);

/// The stricter, the lower: the order of seccomp(2).
[[nodiscard]] int leniency(SeccompAction action);

/// SECCOMP_RET_*, as a filter returns it.
[[nodiscard]] std::uint32_t kernel_action(SeccompAction action,
                                          std::optional<std::uint32_t> error);

/// Whether both answer a call alike.
[[nodiscard]] bool same_answer(const SeccompRule& a, const SeccompRule& b);

/// Whether `rule` answers a call as no rule does.
[[nodiscard]] bool answers_as_default(const Seccomp& policy,
                                      const SeccompRule& rule);

/// The architecture's name in lower case, without SCMP_ARCH_.
[[nodiscard]] std::string architecture_word(const std::string& name);

}  // namespace bulkhead
