// All that a policy says, as bytes that no other policy has.
#pragma once

#include <string>

#include "runtime/spec/spec.h"

namespace bulkhead {

[[nodiscard]] std::string seccomp_text(const Seccomp& policy);

}  // namespace bulkhead
