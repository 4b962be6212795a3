// Filters of the presets, compiled when the program is built: starting a
// container with one of them asks libseccomp nothing.
#pragma once

#include <linux/filter.h>

#include <optional>
#include <span>
#include <string>

#include "runtime/spec/spec.h"

namespace bulkhead {

struct BuiltinFilter {
  std::span<const unsigned char> text;  ///< seccomp_text() of its policy
  std::span<const sock_filter> code;
};

/// All of them. The build writes this function (seccomp_builtin_writer).
[[nodiscard]] std::span<const BuiltinFilter> builtin_filters();

/// The filter of `policy`, as compile_seccomp() makes it, if it is that of a
/// preset to the last word; else nothing.
[[nodiscard]] std::optional<std::span<const sock_filter>> builtin_filter(
    const Seccomp& policy);

}  // namespace bulkhead
