// A policy made into a classic BPF program.
#pragma once

#include <string>

#include "runtime/base/result.h"
#include "runtime/spec/spec.h"

namespace bulkhead {

/// The bytes of an array of struct sock_filter (seccomp(2)): what libseccomp
/// compiles the policy to, or a tree that answers every call alike. Of calls
/// whose answer asks for no argument it is asked for the numbers alone
/// (split_seccomp()); the tree is proven to be the same as the list of both
/// parts (as_tree()).
[[nodiscard]] Result<std::string> compile_seccomp(const Seccomp& policy);

/// The same as libseccomp writes it: a list.
[[nodiscard]] Result<std::string> compile_seccomp_list(const Seccomp& asked);

}  // namespace bulkhead
