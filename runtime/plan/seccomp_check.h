// A compiled seccomp policy, run and compared with its rules.
#pragma once

#include <string>

#include "runtime/base/result.h"
#include "runtime/spec/spec.h"

namespace bulkhead {

/// Runs `program`, the bytes of an array of struct sock_filter, for every call
/// whose rules compare arguments, at and around each value that they compare
/// with; fails where it answers other than the rules, which never answer the
/// same call differently (refuse_conflicts()). libseccomp 2.5 merges rules that
/// compare two arguments wrongly now and then.
[[nodiscard]] Status check_seccomp(const Seccomp& policy,
                                   const std::string& program);

}  // namespace bulkhead
