#include "runtime/plan/seccomp_check.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <set>
#include <span>
#include <vector>

#include "runtime/plan/seccomp_conflicts.h"
#include "runtime/plan/seccomp_multiplexed.h"

namespace bulkhead {
namespace {

using Rules = std::vector<const SeccompRule*>;

/// Of one call on one architecture; more combinations are drawn from.
constexpr std::size_t kMostTried = 512;
constexpr std::uint32_t kNoAnswer = 0xffffffff;

/// What libseccomp makes programs of; kNoAnswer on anything else.
std::uint32_t run(std::span<const sock_filter> program,
                  const seccomp_data& data) {
  std::uint32_t a = 0;
  for (std::size_t at = 0; at < program.size(); ++at) {
    const sock_filter& one = program[at];
    const auto jump = [&](bool condition) {
      at += condition ? one.jt : one.jf;
    };
    switch (one.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        if (one.k > sizeof data - sizeof a) return kNoAnswer;
        std::memcpy(&a, reinterpret_cast<const char*>(&data) + one.k, sizeof a);
        break;
      case BPF_ALU | BPF_AND | BPF_K:
        a &= one.k;
        break;
      case BPF_JMP | BPF_JA:
        at += one.k;
        break;
      case BPF_JMP | BPF_JEQ | BPF_K:
        jump(a == one.k);
        break;
      case BPF_JMP | BPF_JGT | BPF_K:
        jump(a > one.k);
        break;
      case BPF_JMP | BPF_JGE | BPF_K:
        jump(a >= one.k);
        break;
      case BPF_RET | BPF_K:
        return one.k;
      default:
        return kNoAnswer;
    }
  }
  return kNoAnswer;
}

std::uint32_t wanted(const Seccomp& policy, const Rules& rules,
                     const seccomp_data& data) {
  for (const SeccompRule* rule : rules) {
    if (std::ranges::all_of(rule->arguments, [&](const SeccompArgument& one) {
          return matches(one, data.args[one.index]);
        })) {
      return kernel_action(rule->action, rule->errno_return);
    }
  }
  return kernel_action(policy.default_action, policy.default_errno_return);
}

/// Values of each argument at which a rule may change its mind.
std::array<std::vector<std::uint64_t>, 6> turning_points(const Rules& rules,
                                                         bool narrow) {
  std::array<std::set<std::uint64_t>, 6> found;
  for (const SeccompRule* rule : rules) {
    for (const SeccompArgument& one : rule->arguments) {
      std::set<std::uint64_t>& values = found[one.index];
      if (one.compare == SeccompCompare::kMaskedEqual) {
        values.insert({one.value_two, one.value_two | ~one.value,
                       one.value_two ^ (one.value & -one.value)});
      } else {
        values.insert({one.value, one.value - 1, one.value + 1});
      }
    }
  }
  std::array<std::vector<std::uint64_t>, 6> values;
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::set<std::uint64_t> fitting = {0};
    for (const std::uint64_t value : found[i]) {
      fitting.insert(narrow ? value & UINT32_MAX : value);
    }
    values[i].assign(fitting.begin(), fitting.end());
  }
  return values;
}

Status check_call(const Seccomp& policy, std::span<const sock_filter> program,
                  const std::string& name, const Rules& rules,
                  std::uint32_t arch) {
  int number = seccomp_syscall_resolve_name_arch(arch, name.c_str());
  if (number < 0 && arch == SCMP_ARCH_X86) number = direct_i386_number(name);
  if (number < 0) return {};  // Unknown there, or no entry of its own.
  const bool narrow = (arch & __AUDIT_ARCH_64BIT) == 0;
  const auto values = turning_points(rules, narrow && arch != SCMP_ARCH_X32);
  std::size_t all = 1;
  for (const auto& of_one : values) {
    all = std::min(all * of_one.size(), kMostTried * kMostTried);
  }
  // Of too many, those a constant step apart that shares no factor with them.
  constexpr std::size_t kStep = 1'000'003;
  for (std::size_t i = 0; i < std::min(all, kMostTried); ++i) {
    std::size_t which = all <= kMostTried ? i : i * kStep % all;
    seccomp_data data{};
    data.nr = number;
    data.arch = arch == SCMP_ARCH_X32 ? AUDIT_ARCH_X86_64 : arch;
    for (std::size_t j = 0; j < values.size(); ++j) {
      data.args[j] = values[j][which % values[j].size()];
      which /= values[j].size();
    }
    if (run(program, data) == wanted(policy, rules, data)) continue;
    std::string text;
    for (const SeccompRule* rule : rules) {
      text += (text.empty() ? "" : "; ") + rule_words(*rule);
    }
    return fail("seccomp: the filter does not do what the rules for " + name +
                    " say (" + text + ")",
                0, "say it with fewer rules, or with one argument in each",
                ErrorKind::kUsage);
  }
  return {};
}

}  // namespace

Status check_seccomp(const Seccomp& policy, const std::string& program) {
  std::vector<sock_filter> code(program.size() / sizeof(sock_filter));
  std::memcpy(code.data(), program.data(), program.size());
  std::set<std::uint32_t> arches = {seccomp_arch_native()};
  for (const std::string& name : policy.architectures) {
    arches.insert(seccomp_arch_resolve_name(architecture_word(name).c_str()));
  }
  std::map<std::string, Rules> rules;
  for (const SeccompRule& rule : policy.rules) {
    for (const std::string& name : rule.names) rules[name].push_back(&rule);
  }
  for (const auto& [name, of_name] : rules) {
    if (std::ranges::all_of(of_name, [](const SeccompRule* rule) {
          return rule->arguments.empty();
        })) {
      continue;
    }
    for (const std::uint32_t arch : arches) {
      if ((arch & __AUDIT_ARCH_LE) == 0)
        continue;  // Words the other way round.
      if (Status status = check_call(policy, code, name, of_name, arch);
          !status) {
        return status;
      }
    }
  }
  return {};
}

}  // namespace bulkhead
