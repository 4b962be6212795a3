// A Seccomp of the spec in the words of subjects that read it from text.
#pragma once

#include <string>

#include "runtime/spec/spec.h"

namespace bulkhead::verify {

/// The `seccomp` object of a config.json, as podman's profiles are.
[[nodiscard]] std::string oci_filter(const Spec& spec);

/// LXC's form, version 2.
[[nodiscard]] std::string lxc_filter(const Seccomp& seccomp);

/// The native calls that `seccomp` allows under some arguments at least, and
/// clone3, which denied by name alone would take every thread along; joined by
/// `separator`.
[[nodiscard]] std::string allowed_names(const Seccomp& seccomp,
                                        std::string_view separator);

/// All others.
[[nodiscard]] std::string denied_names(const Seccomp& seccomp,
                                       std::string_view separator);

}  // namespace bulkhead::verify
