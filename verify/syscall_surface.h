// The system-call surface of one container: the filters as read from outside,
// the sweep from inside, and the spec, call by call. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "verify/bpf_explore.h"
#include "verify/syscall_arch.h"
#include "verify/syscall_inside.h"
#include "verify/syscall_policy.h"

namespace bulkhead::verify {

/// One number on one entry.
struct SyscallRow {
  const SyscallArch* arch = nullptr;
  std::uint32_t number = 0;
  std::string name;
  /// The filters' decisions over all argument patterns, each once; empty: not
  /// read. More than one: it depends on arguments.
  std::vector<std::uint32_t> decided;
  std::vector<std::uint32_t> wanted;  ///< The same by the spec.
  bool named = true;  ///< Whether the spec names the entry at all.
  std::optional<SeenCall> seen;
};

enum class SyscallFindingKind : std::uint8_t {
  kLetsThrough,    ///< The filters allow what the spec denies.
  kOraclesDiffer,  ///< What was met inside is not what the filters decide.
  kReached,  ///< Not read from outside, but reached inside against the spec.
};

struct SyscallFinding {
  SyscallFindingKind kind;
  std::size_t row = 0;  ///< In SyscallSurface::rows.
  std::string what;     ///< In words: who says what, of which arguments.
};

struct SyscallSurface {
  std::vector<SyscallRow> rows;
  std::vector<SyscallFinding> findings;
  /// Rows whose calls are denied though the spec allows them, and those that
  /// are denied in another way than the spec says: no findings.
  std::vector<std::size_t> stricter;
  std::vector<std::size_t> answered_otherwise;
  /// Rows that the kernel makes whatever the filters say: no findings either.
  std::vector<std::size_t> past_every_filter;
  std::size_t lost = 0;  ///< Calls tried inside whose end is unknown.
};

/// `filters`, `inside`: null where there is none to compare. `sentinel`: the
/// errno of the spec's denials.
[[nodiscard]] SyscallSurface compare_surface(const BpfFilters* filters,
                                             const InsideSweep* inside,
                                             const SyscallPolicy& policy,
                                             int sentinel);

/// How often each kind of decision was met on one entry.
struct SyscallCounts {
  std::size_t allowed = 0;
  std::size_t by_errno = 0;
  std::size_t enosys = 0;
  std::size_t killed = 0;
  std::size_t by_argument = 0;
  std::size_t other = 0;  ///< trace, notify
};
[[nodiscard]] SyscallCounts count_decisions(const SyscallSurface& surface,
                                            const SyscallArch& arch);

/// What the spec asks for: as below, or "no such entry".
[[nodiscard]] std::string wanted_words(const SyscallRow& row);

/// "allow", "errno 55 or allow", "-" if there are none.
[[nodiscard]] std::string words_of(const std::vector<std::uint32_t>& decisions);

}  // namespace bulkhead::verify
