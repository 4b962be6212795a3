#include "verify/syscall_surface.h"

#include <fmt/format.h>
#include <linux/audit.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <set>

#include "probes/support/sweep.h"

namespace bulkhead::verify {
namespace {

constexpr int kLastErrno = 4095;  // MAX_ERRNO; the kernel clamps.

/// Commands of multiplexers and the like: as many as may matter.
std::vector<Arguments> seeds_for(const SyscallArch& arch,
                                 const std::string& name,
                                 const SyscallPolicy& policy,
                                 const std::optional<SeenCall>& seen) {
  std::vector<Arguments> seeds = known_patterns(name);
  const auto edges = policy.edges(name);
  seeds.insert(seeds.end(), edges.begin(), edges.end());
  if (seen) seeds.push_back(seen->arguments);
  if ((arch.audit & __AUDIT_ARCH_64BIT) == 0) {
    for (Arguments& seed : seeds) {
      for (std::uint64_t& argument : seed) argument &= 0xffffffff;
    }
  }
  return seeds;
}

std::vector<std::uint32_t> once(const std::set<std::uint32_t>& values) {
  return {values.begin(), values.end()};
}

std::uint32_t kind_of(std::uint32_t action) {
  return action & SECCOMP_RET_ACTION_FULL;
}

/// Whether a call on which the filters decided `action` may end like `seen`.
bool may_end(std::uint32_t action, const SeenCall& seen, int sentinel) {
  const bool by_filter = seen.end == CallEnd::kKilled && seen.value == SIGSYS;
  switch (kind_of(action)) {
    case SECCOMP_RET_ALLOW:
    case SECCOMP_RET_LOG:
      return !by_filter &&
             !(seen.end == CallEnd::kReturned && seen.value == sentinel);
    case SECCOMP_RET_ERRNO:
      return seen.end == CallEnd::kReturned &&
             seen.value == std::min<int>(action & SECCOMP_RET_DATA, kLastErrno);
    case SECCOMP_RET_TRACE:
    case SECCOMP_RET_USER_NOTIF:
      return true;  // Another process decides.
    default:
      return by_filter;
  }
}

bool was_tried(const SeenCall& seen) {
  return seen.end != CallEnd::kNotTried && seen.end != CallEnd::kLost;
}

/// Got further than any filter: not by an errno that a filter may give.
bool was_reached(const SeenCall& seen, int sentinel) {
  if (!was_tried(seen)) return false;
  if (seen.end == CallEnd::kKilled) return seen.value != SIGSYS;
  if (seen.end == CallEnd::kEnded) return true;
  return seen.value != sentinel && seen.value != ENOSYS &&
         seen.value != EPERM && seen.value != EACCES;
}

/// " with 0xffffffff, 0x8" up to the last that is not zero.
std::string shown(const Arguments& arguments) {
  std::string text;
  std::string zeros;
  for (const std::uint64_t argument : arguments) {
    zeros += fmt::format("{}{:#x}", zeros.empty() ? "" : ", ", argument);
    if (argument != 0) text = zeros;
  }
  if (std::ranges::all_of(arguments, [&](std::uint64_t argument) {
        return argument == arguments.front();
      })) {
    return fmt::format(" with {:#x} throughout", arguments.front());
  }
  return " with " + text;
}

bool kernel_exempts(const SyscallRow& row) {
  return row.arch == &syscall_arches().front() &&
         probes::passes_every_filter(probes::Entry::kNative, row.number);
}

/// Compares call by call and keeps what was found.
class SurfaceComparison {
 public:
  SurfaceComparison(const BpfFilters* filters, const InsideSweep* inside,
                    const SyscallPolicy& policy, int sentinel)
      : filters_(filters),
        inside_(inside),
        policy_(policy),
        sentinel_(sentinel) {}

  void add(const SyscallArch& arch, std::uint32_t number) {
    SyscallRow row{.arch = &arch,
                   .number = number,
                   .name = syscall_name(arch, number),
                   .decided = {},
                   .wanted = {},
                   .named = policy_.names(arch),
                   .seen = seen(arch, number)};
    const auto seeds = seeds_for(arch, row.name, policy_, row.seen);
    if (filters_ != nullptr) {
      by_filters(row, seeds);
    } else {
      by_attempt_only(row, seeds);
    }
    if (row.seen && row.seen->end == CallEnd::kLost) ++surface_.lost;
    surface_.rows.push_back(std::move(row));
  }

  SyscallSurface finish() && { return std::move(surface_); }

 private:
  [[nodiscard]] std::optional<SeenCall> seen(const SyscallArch& arch,
                                             std::uint32_t number) const {
    if (inside_ == nullptr) return {};
    const auto entry = inside_->entries.find(arch.name);
    if (entry == inside_->entries.end()) return {};
    const auto call = entry->second.calls.find(number);
    if (call == entry->second.calls.end()) return {};
    return call->second;
  }

  void found(SyscallFindingKind kind, std::string what) {
    surface_.findings.push_back({kind, surface_.rows.size(), std::move(what)});
  }

  void by_filters(SyscallRow& row, const std::vector<Arguments>& seeds) {
    const SyscallArch& arch = *row.arch;
    std::set<std::uint32_t> decided, wanted;
    const BpfDecision* leak = nullptr;
    bool stricter = false;
    bool otherwise = false;
    const auto decisions =
        explore(*filters_, arch.audit, row.number | arch.bit, seeds);
    for (const BpfDecision& one : decisions) {
      const std::uint32_t asked = policy_.wanted(arch, row.name, one.arguments);
      decided.insert(one.action);
      wanted.insert(asked);
      if (passes(one.action) && !passes(asked) && leak == nullptr) leak = &one;
      stricter = stricter || (!passes(one.action) && passes(asked));
      otherwise = otherwise || (!passes(one.action) && !passes(asked) &&
                                policy_.names(arch) && one.action != asked);
    }
    row.decided = once(decided);
    row.wanted = once(wanted);
    if (leak != nullptr) tell_leak(row, *leak);
    if (stricter) surface_.stricter.push_back(surface_.rows.size());
    if (otherwise) surface_.answered_otherwise.push_back(surface_.rows.size());
    tell_difference(row);
  }

  void tell_leak(const SyscallRow& row, const BpfDecision& leak) {
    const std::uint32_t asked =
        policy_.wanted(*row.arch, row.name, leak.arguments);
    const bool by_argument = row.decided.size() > 1 || row.wanted.size() > 1;
    found(SyscallFindingKind::kLetsThrough,
          fmt::format("the filter says {}, the spec {}{}",
                      action_words(leak.action), asked_words(row, asked),
                      by_argument ? shown(leak.arguments) : ""));
  }

  void tell_difference(const SyscallRow& row) {
    if (!row.seen || !was_tried(*row.seen)) return;
    const SyscallArch& arch = *row.arch;
    Arguments arguments = row.seen->arguments;
    if ((arch.audit & __AUDIT_ARCH_64BIT) == 0) {
      for (std::uint64_t& argument : arguments) argument &= 0xffffffff;
    }
    const std::uint32_t action = decide(
        *filters_, call_data(arch.audit, row.number | arch.bit, arguments));
    if (may_end(action, *row.seen, sentinel_)) return;
    if (kernel_exempts(row) &&
        may_end(SECCOMP_RET_ALLOW, *row.seen, sentinel_)) {
      surface_.past_every_filter.push_back(surface_.rows.size());
      return;
    }
    found(SyscallFindingKind::kOraclesDiffer,
          fmt::format("the filter says {}, inside it met {}{}",
                      action_words(action), words_of(*row.seen),
                      row.decided.size() > 1 ? shown(arguments) : ""));
  }

  void by_attempt_only(SyscallRow& row, const std::vector<Arguments>& seeds) {
    std::set<std::uint32_t> wanted;
    for (const Arguments& seed : seeds) {
      wanted.insert(policy_.wanted(*row.arch, row.name, seed));
    }
    row.wanted = once(wanted);
    if (!row.seen || !was_reached(*row.seen, sentinel_)) return;
    const std::uint32_t asked =
        policy_.wanted(*row.arch, row.name, row.seen->arguments);
    if (passes(asked) || kernel_exempts(row)) return;
    found(SyscallFindingKind::kReached,
          fmt::format("inside it met {}, the spec says {}{}",
                      words_of(*row.seen), asked_words(row, asked),
                      row.wanted.size() > 1 ? shown(row.seen->arguments) : ""));
  }

  [[nodiscard]] std::string asked_words(const SyscallRow& row,
                                        std::uint32_t asked) const {
    return row.named ? action_words(asked) : "no such entry";
  }

  const BpfFilters* filters_;
  const InsideSweep* inside_;
  const SyscallPolicy& policy_;
  int sentinel_;
  SyscallSurface surface_;
};

}  // namespace

SyscallSurface compare_surface(const BpfFilters* filters,
                               const InsideSweep* inside,
                               const SyscallPolicy& policy, int sentinel) {
  SurfaceComparison comparison(filters, inside, policy, sentinel);
  for (const SyscallArch& arch : syscall_arches()) {
    for (std::uint32_t number = 0; number < syscall_numbers(); ++number) {
      comparison.add(arch, number);
    }
  }
  return std::move(comparison).finish();
}

SyscallCounts count_decisions(const SyscallSurface& surface,
                              const SyscallArch& arch) {
  SyscallCounts counts;
  for (const SyscallRow& row : surface.rows) {
    if (row.arch != &arch || row.decided.empty()) continue;
    const std::uint32_t action = row.decided.front();
    if (row.decided.size() > 1) {
      ++counts.by_argument;
    } else if (passes(action)) {
      ++counts.allowed;
    } else if (kind_of(action) == SECCOMP_RET_ERRNO) {
      ++((action & SECCOMP_RET_DATA) == ENOSYS ? counts.enosys
                                               : counts.by_errno);
    } else if (kind_of(action) == SECCOMP_RET_TRACE ||
               kind_of(action) == SECCOMP_RET_USER_NOTIF) {
      ++counts.other;
    } else {
      ++counts.killed;
    }
  }
  return counts;
}

std::string wanted_words(const SyscallRow& row) {
  return row.named ? words_of(row.wanted) : "no such entry";
}

std::string words_of(const std::vector<std::uint32_t>& decisions) {
  if (decisions.empty()) return "-";
  std::string text;
  for (const std::uint32_t action : decisions) {
    if (!text.empty()) text += " or ";
    text += action_words(action);
  }
  return text;
}

}  // namespace bulkhead::verify
