// Rules of a seccomp policy that an earlier one leaves nothing to say.
#pragma once

#include <string>
#include <vector>

#include "runtime/spec/spec.h"

namespace bulkhead {

/// `policy` without what is overruled: of two rules for one call that both have
/// no arguments libseccomp, and so every runtime that uses it, keeps the first.
/// Podman's profile has such for setns, without CAP_SYS_ADMIN. A first one that
/// says what the default says is never in libseccomp and overrules nothing.
[[nodiscard]] Seccomp without_overruled(const Seccomp& policy);

/// What `explain` says of them, a line for each call whose rules differ.
[[nodiscard]] std::vector<std::string> overruled_notes(const Seccomp& policy);

}  // namespace bulkhead
