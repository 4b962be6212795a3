// What OCI's seccomp object and the profile files of engines have in common.
// Internal to the OCI parser.
#pragma once

#include <optional>
#include <string>

#include "runtime/spec/oci_parse.h"

namespace bulkhead::oci {

/// All of `seccomp` but its rules.
void parse_filter(Object& object, Seccomp& seccomp);
/// `rule` may have names already; then `object` need not have any.
void parse_rule(Object& object, SeccompRule& rule);
/// A name such as "SCMP_ARCH_X86_64".
[[nodiscard]] std::optional<std::string> parse_architecture(const Node& node);

}  // namespace bulkhead::oci
