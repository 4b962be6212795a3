// What a spec asks of its filter, call by call: its rules themselves, not what
// a compiler made of them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/spec/spec.h"
#include "verify/bpf_explore.h"
#include "verify/syscall_arch.h"

namespace bulkhead::verify {

class SyscallPolicy {
 public:
  explicit SyscallPolicy(Seccomp seccomp);
  SyscallPolicy(const SyscallPolicy&) = delete;
  SyscallPolicy& operator=(const SyscallPolicy&) = delete;

  /// Whether the spec names this entry. The calls of one that it does not name
  /// are all denied.
  [[nodiscard]] bool names(const SyscallArch& arch) const;

  /// SECCOMP_RET_* for the call `name` (empty: of unknown name).
  [[nodiscard]] std::uint32_t wanted(const SyscallArch& arch,
                                     const std::string& name,
                                     const Arguments& arguments) const;

  /// Whether the call `name` passes under some arguments at least.
  [[nodiscard]] bool ever_allows(const SyscallArch& arch,
                                 const std::string& name) const;

  /// Arguments on both sides of every condition that the spec has for `name`.
  [[nodiscard]] std::vector<Arguments> edges(const std::string& name) const;

 private:
  Seccomp seccomp_;
  std::multimap<std::string, const SeccompRule*> rules_;
};

/// Arguments that matter to what is known of the call `name`: namespace flags,
/// socket families, terminal input and personalities with and without high
/// bits, the commands of multiplexers. The first two entries, all ones and all
/// zeros, are there for every call.
[[nodiscard]] std::vector<Arguments> known_patterns(const std::string& name);

/// The native numbers that `seccomp` allows, under some arguments at least, as
/// "0-3,7": the fact seccomp.allowed.
[[nodiscard]] std::string allowed_numbers(const Seccomp& seccomp);

}  // namespace bulkhead::verify
