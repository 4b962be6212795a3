// A policy made into a classic BPF program.
#pragma once

#include <string>

#include "runtime/base/result.h"
#include "runtime/spec/spec.h"

namespace bulkhead {

/// The bytes of an array of struct sock_filter (seccomp(2)) that answers as the
/// policy says: the list of split_seccomp() and of what libseccomp compiles of
/// the rest, or a tree that is proven to be the same (as_tree()).
[[nodiscard]] Result<std::string> compile_seccomp(const Seccomp& policy);

/// What libseccomp alone compiles it to: a list.
[[nodiscard]] Result<std::string> compile_seccomp_list(const Seccomp& asked);

}  // namespace bulkhead
