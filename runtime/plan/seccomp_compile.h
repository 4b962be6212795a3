// A policy made into a classic BPF program.
#pragma once

#include <string>

#include "runtime/base/result.h"
#include "runtime/spec/spec.h"

namespace bulkhead {

/// The bytes of an array of struct sock_filter (seccomp(2)), by libseccomp.
[[nodiscard]] Result<std::string> compile_seccomp(const Seccomp& policy);

}  // namespace bulkhead
