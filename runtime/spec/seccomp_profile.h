// The system-call filters of the presets, by name: the library that compiles
// them knows the numbers.
#pragma once

#include <cstdint>

#include "runtime/spec/spec.h"

namespace bulkhead {

/// Allows the ordinary x86_64 system calls. A call that is known and denied
/// answers `denied_errno`, a number that is not known ENOSYS, so that libc
/// falls back; clone3 too, because its flags lie behind a pointer that no
/// filter can follow. Calls that a capability governs are allowed with it
/// (`granted`: the bounding set). i386 and x32 entries are left out.
[[nodiscard]] Seccomp hardened_profile(CapabilityMask granted,
                                       std::uint32_t denied_errno);

/// What docker does by default: anything that is not allowed answers
/// `denied_errno`, except clone3 (ENOSYS); i386 and x32 entries included.
[[nodiscard]] Seccomp oci_profile(CapabilityMask granted,
                                  std::uint32_t denied_errno);

/// Lets i386 programs make the calls of `profile`, a generated one, as well,
/// and those that only they have. socketcall stays closed where its twin,
/// socket, is decided by arguments: no filter sees them there.
void allow_i386(Seccomp& profile);

}  // namespace bulkhead
