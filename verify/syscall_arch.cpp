#include "verify/syscall_arch.h"

#include <linux/audit.h>
#include <seccomp.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>

#include "probes/support/sweep.h"

namespace bulkhead::verify {
namespace {

constexpr std::uint32_t kX32Bit = 0x40000000;
constexpr std::uint32_t kBeyond = 64;
// No table of libseccomp's is longer.
constexpr std::uint32_t kMostNumbers = 1024;

constexpr std::array kArches = {
    SyscallArch{"x86_64", "SCMP_ARCH_X86_64", AUDIT_ARCH_X86_64,
                SCMP_ARCH_X86_64, 0},
    SyscallArch{"i386", "SCMP_ARCH_X86", AUDIT_ARCH_I386, SCMP_ARCH_X86, 0},
    SyscallArch{"x32", "SCMP_ARCH_X32", AUDIT_ARCH_X86_64, SCMP_ARCH_X32,
                kX32Bit}};

}  // namespace

std::span<const SyscallArch> syscall_arches() { return kArches; }

std::string syscall_name(const SyscallArch& arch, std::uint32_t number) {
  const std::unique_ptr<char, decltype(&std::free)> name(
      seccomp_syscall_resolve_num_arch(arch.token,
                                       static_cast<int>(number | arch.bit)),
      std::free);
  return name ? name.get() : "";
}

std::uint32_t syscall_numbers() {
  static const std::uint32_t kNumbers = [] {
    std::uint32_t newest = 0;
    for (const SyscallArch& arch : kArches) {
      for (std::uint32_t number = 0; number < kMostNumbers; ++number) {
        if (!syscall_name(arch, number).empty()) {
          newest = std::max(newest, number);
        }
      }
    }
    return std::max<std::uint32_t>(probes::kSweptNumbers, newest + 1 + kBeyond);
  }();
  return kNumbers;
}

}  // namespace bulkhead::verify
