// What each part of a spec says, as the values of a word's braces.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "verify/feature.h"

namespace bulkhead::verify {

/// The values of each time that a spec asks for a part; none: it does not.
using Occurrences = std::vector<Values>;

[[nodiscard]] inline Occurrences once_if(bool asked, Values values = {}) {
  if (!asked) return {};
  return {std::move(values)};
}

/// {value}
template <class Value>
[[nodiscard]] Occurrences value_of(const std::optional<Value>& value) {
  return once_if(value.has_value(),
                 {{"value", value ? std::to_string(*value) : ""}});
}
[[nodiscard]] Occurrences text_of(const std::optional<std::string>& text);
/// {value}: whole seconds.
[[nodiscard]] Occurrences offset_of(const std::optional<ClockOffset>& offset);

/// Nothing, or once.
[[nodiscard]] Occurrences new_namespace(const Spec& spec, NamespaceKind kind);
/// {inner} {outer} {count} of the first mapping.
[[nodiscard]] Occurrences user_namespace(const Spec& spec);

/// {source} {destination} {relative} {options} {size} {inodes} {mode} {ptys}
[[nodiscard]] Occurrences mounts_of(const Spec& spec, MountKind kind);

/// {value} {relative} {cover-source} {cover-type} {cover-options}: of `paths`
/// those below `below` that are here, and what can be mounted over each to
/// hide it. What this kernel does not have, nobody can mask.
[[nodiscard]] Occurrences those_here(const std::vector<std::string>& paths,
                                     std::string_view below);
/// {name} {value}
[[nodiscard]] Occurrences pairs_of(
    const std::vector<std::pair<std::string, std::string>>& pairs);
[[nodiscard]] Occurrences environment_of(const Spec& spec);
/// {verb} "allow" or "deny", {rule} "c 1:3 rwm" or "a"
[[nodiscard]] Occurrences device_rules_of(const Spec& spec);

/// {name} is "NOFILE", {lower} "nofile"; {soft} {hard} with "infinity",
/// {soft-number} with "-1", {soft-word} with "unlimited". The one of the
/// address space, or all others.
[[nodiscard]] Occurrences rlimits_of(const Spec& spec, bool of_address_space);
/// {value} "CAP_CHOWN,…", {lower} the same in lower case
[[nodiscard]] Occurrences capabilities_of(const Spec& spec);
/// {value} "20,21"
[[nodiscard]] Occurrences groups_of(const Spec& spec);
/// {quota} {period}
[[nodiscard]] Occurrences cpu_quota_of(const Spec& spec);
/// {weight} of v2, {shares} of v1
[[nodiscard]] Occurrences cpu_weight_of(const Spec& spec);
/// {value} is the limit of swap alone, {total} with the memory, as v1 counts.
[[nodiscard]] Occurrences swap_of(const Spec& spec);

}  // namespace bulkhead::verify
