// A policy made into a classic BPF program.
#pragma once

#include <string>

#include "runtime/base/result.h"
#include "runtime/spec/spec.h"

namespace bulkhead {

/// The bytes of an array of struct sock_filter (seccomp(2)): as libseccomp
/// compiles the policy, but as a tree where that is proven to be the same
/// (as_tree()).
[[nodiscard]] Result<std::string> compile_seccomp(const Seccomp& policy);

/// The same as libseccomp writes it: a list.
[[nodiscard]] Result<std::string> compile_seccomp_list(const Seccomp& policy);

}  // namespace bulkhead
