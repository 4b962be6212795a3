// The system calls of Linux up to 6.18, sorted by what a container may do with
// them. Every x86_64 call that the kernel implements is in exactly one group.
#pragma once

#include <span>
#include <string_view>

#include "runtime/spec/spec.h"

namespace bulkhead {

/// Calls that a capability governs: allowed with any of `any_of`.
struct GatedCalls {
  CapabilityMask any_of = 0;
  std::span<const std::string_view> names;
};

/// Allowed whatever the arguments and the capabilities.
[[nodiscard]] std::span<const std::string_view> ordinary_calls();
/// Of other word sizes (i386, x32): the twins of ordinary calls.
[[nodiscard]] std::span<const std::string_view> compat_calls();
[[nodiscard]] std::span<const GatedCalls> gated_calls();
/// Denied whatever the capabilities: attack surface, or gone from the kernel.
[[nodiscard]] std::span<const std::string_view> denied_calls();
/// Denied by the hardened profile, allowed by docker's.
[[nodiscard]] std::span<const std::string_view> questionable_calls();
/// Decided by their arguments: clone clone3 ioctl personality socket
/// socketpair. (socketcall, i386's multiplexer of sockets, is among
/// compat_calls: no filter can look behind its pointer.)
[[nodiscard]] std::span<const std::string_view> argument_calls();

}  // namespace bulkhead
