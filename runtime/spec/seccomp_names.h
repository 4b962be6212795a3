// OCI's words for seccomp actions and comparisons.
#pragma once

#include <optional>
#include <string_view>

#include "runtime/spec/spec.h"

namespace bulkhead {

/// "SCMP_ACT_ERRNO" …; SCMP_ACT_KILL is the thread, as in libseccomp.
[[nodiscard]] std::optional<SeccompAction> seccomp_action_named(
    std::string_view name);
[[nodiscard]] std::string_view name_of(SeccompAction action);

/// "SCMP_CMP_MASKED_EQ" …
[[nodiscard]] std::optional<SeccompCompare> seccomp_compare_named(
    std::string_view name);
[[nodiscard]] std::string_view name_of(SeccompCompare compare);

/// Whether OCI knows an architecture of that name ("SCMP_ARCH_X86_64").
[[nodiscard]] bool is_seccomp_architecture(std::string_view name);

}  // namespace bulkhead
