#include "runtime/plan/seccomp_builtin.h"

#include "runtime/plan/seccomp_text.h"

namespace bulkhead {

std::optional<std::span<const sock_filter>> builtin_filter(
    const Seccomp& policy) {
  for (const BuiltinFilter& one : builtin_filters()) {
    if (is_seccomp_text(one.text, policy)) return one.code;
  }
  return std::nullopt;
}

}  // namespace bulkhead
