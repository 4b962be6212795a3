#include "runtime/plan/seccomp_builtin.h"

#include <cstring>

#include "runtime/plan/seccomp_text.h"

namespace bulkhead {

std::optional<std::span<const sock_filter>> builtin_filter(
    const Seccomp& policy) {
  const std::string text = seccomp_text(policy);
  for (const BuiltinFilter& one : builtin_filters()) {
    if (one.text.size() == text.size() &&
        std::memcmp(one.text.data(), text.data(), text.size()) == 0) {
      return one.code;
    }
  }
  return std::nullopt;
}

}  // namespace bulkhead
