// The ways into the kernel that one x86-64 process has, as a filter tells
// them apart, and the names of the calls behind them.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace bulkhead::verify {

struct SyscallArch {
  const char* name;      ///< As the probes say it: "x86_64", "i386", "x32".
  const char* oci_name;  ///< "SCMP_ARCH_X86_64" …
  std::uint32_t audit;   ///< AUDIT_ARCH_*, what seccomp_data.arch holds.
  std::uint32_t token;   ///< SCMP_ARCH_*, libseccomp's.
  std::uint32_t bit;     ///< Set in every number of this entry.
};

/// x86_64, i386, x32.
[[nodiscard]] std::span<const SyscallArch> syscall_arches();

/// The one that this program itself is of.
[[nodiscard]] inline const SyscallArch& native_arch() {
  return syscall_arches()[0];
}

/// What libseccomp calls `number` (without the bit); empty: it knows none.
[[nodiscard]] std::string syscall_name(const SyscallArch& arch,
                                       std::uint32_t number);

/// How many numbers are looked at: past the newest that the probes or
/// libseccomp know, by 64 at least.
[[nodiscard]] std::uint32_t syscall_numbers();

}  // namespace bulkhead::verify
