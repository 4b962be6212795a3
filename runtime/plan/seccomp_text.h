// All that a policy says, as bytes that no other policy has.
#pragma once

#include <span>
#include <string>

#include "runtime/spec/spec.h"

namespace bulkhead {

[[nodiscard]] std::string seccomp_text(const Seccomp& policy);

/// Whether `text` is that of `policy`, which need not be written for it.
[[nodiscard]] bool is_seccomp_text(std::span<const unsigned char> text,
                                   const Seccomp& policy);

}  // namespace bulkhead
