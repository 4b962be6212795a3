// The file that this program runs from. Until exec a container's first process
// runs from it as well, and an image whose program is /proc/self/exe goes on
// doing so: who may write that file is then on the host (CVE-2019-5736).
#pragma once

#include <functional>

#include "runtime/base/result.h"
#include "runtime/spec/spec.h"

namespace bulkhead {

/// Returns at once where no id of the container's may write the file, or a
/// read-only mount or a seal is in the way. Else executes this program anew,
/// with its arguments and environment, from a view of the file that nobody can
/// write: a read-only mount of it that no path leads to, or, for who may make
/// none, a sealed copy. What it executes begins from the start, but keeps what
/// this process has: descriptors and children are first to be taken back, by
/// `take_back` where there are any. `spec` as effective() gives it.
[[nodiscard]] Status protect_own_program(
    const Spec& spec, const std::function<void()>& take_back = {});

}  // namespace bulkhead
