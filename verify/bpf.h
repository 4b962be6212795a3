// A Seccomp of the spec as a classic BPF program, for subjects that take one.
#pragma once

#include "runtime/base/fd.h"
#include "runtime/base/result.h"
#include "runtime/spec/spec.h"

namespace bulkhead::verify {

/// A memfd, at its beginning, that holds an array of struct sock_filter.
/// Calls that this machine's libseccomp does not know are left to the default.
[[nodiscard]] Result<Fd> compile_bpf(const Seccomp& seccomp);

}  // namespace bulkhead::verify
