// A seccomp filter in user space: the classic BPF that seccomp(2) takes,
// checked and run by the kernel's rules (kernel/seccomp.c, net/core/filter.c),
// by code of our own: what a filter decides is read, not believed.
#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "runtime/base/result.h"

namespace bulkhead::verify {

/// What a filter reads, and by how much at a time.
inline constexpr std::uint32_t kDataBytes = sizeof(seccomp_data);
inline constexpr std::uint32_t kWordBytes = sizeof(std::uint32_t);

/// A comparison that a run met: 32-bit word `word` of struct seccomp_data,
/// as far as `mask` shows it, with `constant`.
struct BpfCompare {
  unsigned word = 0;
  std::uint32_t mask = 0;
  std::uint32_t constant = 0;
  bool operator==(const BpfCompare&) const = default;
};

class BpfFilter {
 public:
  /// Fails, with the instruction's index, on what the kernel would not load.
  [[nodiscard]] static Result<BpfFilter> make(std::vector<sock_filter> code);

  /// SECCOMP_RET_*, with its data. `compared`, if given, gets every comparison
  /// with a word of `data`.
  [[nodiscard]] std::uint32_t run(
      const seccomp_data& data,
      std::vector<BpfCompare>* compared = nullptr) const;

  /// In instructions.
  [[nodiscard]] std::size_t size() const { return code_.size(); }

 private:
  explicit BpfFilter(std::vector<sock_filter> code) : code_(std::move(code)) {}
  std::vector<sock_filter> code_;
};

/// The filters of one process, oldest first, as PTRACE_SECCOMP_GET_FILTER
/// counts them.
using BpfFilters = std::vector<BpfFilter>;

/// What the kernel does when all `filters` have spoken: the strictest action;
/// among equals, the newest filter's data. Without filters: allow. An action
/// that no kernel knows kills.
[[nodiscard]] std::uint32_t decide(std::span<const BpfFilter> filters,
                                   const seccomp_data& data,
                                   std::vector<BpfCompare>* compared = nullptr);

/// Whether the call is made: SECCOMP_RET_ALLOW or SECCOMP_RET_LOG.
[[nodiscard]] bool passes(std::uint32_t action);

/// "allow", "errno 55", "ENOSYS", "kill process", "trap", …
[[nodiscard]] std::string action_words(std::uint32_t action);

}  // namespace bulkhead::verify
