#include "runtime/plan/seccomp_list.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>

#include <algorithm>
#include <cstddef>
#include <utility>

#include "runtime/plan/seccomp_conflicts.h"

namespace bulkhead {
namespace {

constexpr unsigned kHalfBits = 32;

std::uint32_t high(std::uint64_t value) {
  return static_cast<std::uint32_t>(value >> kHalfBits);
}
std::uint32_t low(std::uint64_t value) {
  return static_cast<std::uint32_t>(value);
}

/// The rule that answers whatever the arguments are; the others of that call
/// say the same, or nothing that it does not.
const SeccompRule* always(const std::vector<const SeccompRule*>& rules) {
  const auto found = std::ranges::find_if(
      rules, [](const SeccompRule* rule) { return rule->arguments.empty(); });
  return found == rules.end() ? nullptr : *found;
}

}  // namespace

void SeccompList::push(unsigned code, std::uint32_t k, unsigned jt,
                       unsigned jf) {
  code_.push_back({static_cast<std::uint16_t>(code),
                   static_cast<std::uint8_t>(jt), static_cast<std::uint8_t>(jf),
                   k});
}

void SeccompList::load(std::size_t offset) {
  push(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset));
}

void SeccompList::answer(SeccompAction action,
                         std::optional<std::uint32_t> error) {
  push(BPF_RET | BPF_K, kernel_action(action, error));
}

void SeccompList::land(std::size_t jump) {
  code_[jump].k = static_cast<std::uint32_t>(code_.size() - jump - 1);
}

/// Goes on where it holds; a jump in failed_ leads on from where it does not.
/// A conditional jump reaches not far: it goes around one that does.
void SeccompList::add_argument(const SeccompArgument& argument) {
  using enum SeccompCompare;
  const auto fail_here = [&] {
    failed_.push_back(code_.size());
    push(BPF_JMP | BPF_JA, 0);
  };
  const std::size_t place =
      offsetof(seccomp_data, args) + sizeof(std::uint64_t) * argument.index;
  const auto load_half = [&](bool upper) {
    load(place + (upper ? sizeof(std::uint32_t) : 0));
  };
  const std::uint64_t value = argument.value;
  switch (argument.compare) {
    case kEqual:
    case kMaskedEqual:
      for (const bool upper : {true, false}) {
        load_half(upper);
        std::uint64_t wanted = value;
        if (argument.compare == kMaskedEqual) {
          push(BPF_ALU | BPF_AND | BPF_K, upper ? high(value) : low(value));
          wanted = argument.value_two;
        }
        push(BPF_JMP | BPF_JEQ | BPF_K, upper ? high(wanted) : low(wanted), 1,
             0);
        fail_here();
      }
      return;
    case kNotEqual:
      load_half(true);
      push(BPF_JMP | BPF_JEQ | BPF_K, high(value), 0, 3);
      load_half(false);
      push(BPF_JMP | BPF_JEQ | BPF_K, low(value), 0, 1);
      fail_here();
      return;
    case kGreater:
    case kGreaterEqual:
    case kLess:
    case kLessEqual:
      break;
  }
  // "Less" is "not greater or equal".
  const bool negated =
      argument.compare == kLess || argument.compare == kLessEqual;
  const bool or_equal =
      argument.compare == kGreaterEqual || argument.compare == kLess;
  load_half(true);
  push(BPF_JMP | BPF_JGT | BPF_K, high(value), negated ? 3 : 4, 0);
  push(BPF_JMP | BPF_JEQ | BPF_K, high(value), 0, negated ? 3 : 2);
  load_half(false);
  push(BPF_JMP | (or_equal ? BPF_JGE : BPF_JGT) | BPF_K, low(value),
       negated ? 0 : 1, negated ? 1 : 0);
  fail_here();
}

void SeccompList::add_rule(const SeccompRule& rule) {
  for (const SeccompArgument& argument : rule.arguments) add_argument(argument);
  answer(rule.action, rule.errno_return);
  for (const std::size_t jump : std::exchange(failed_, {})) land(jump);
}

void SeccompList::add(std::uint32_t arch, const Calls& calls) {
  load(offsetof(seccomp_data, arch));
  push(BPF_JMP | BPF_JEQ | BPF_K,
       arch == SCMP_ARCH_X32 ? AUDIT_ARCH_X86_64 : arch, 1, 0);
  const std::size_t other_arch = code_.size();
  push(BPF_JMP | BPF_JA, 0);
  load(offsetof(seccomp_data, nr));
  for (auto call = calls.begin(); call != calls.end();) {
    const auto& [first, rules] = *call;
    std::uint32_t last = first;
    const SeccompRule* const one_answer = always(rules);
    if (one_answer == nullptr) {
      push(BPF_JMP | BPF_JEQ | BPF_K, first, 1, 0);
      const std::size_t other_call = code_.size();
      push(BPF_JMP | BPF_JA, 0);
      for (const SeccompRule* rule : rules) add_rule(*rule);
      answer(policy_.default_action, policy_.default_errno_return);
      land(other_call);
      ++call;
      continue;
    }
    // Numbers in a row that are answered alike are one question.
    while (++call != calls.end() && call->first == last + 1) {
      const SeccompRule* const next = always(call->second);
      if (next == nullptr || !same_answer(*next, *one_answer)) break;
      ++last;
    }
    if (first == last) {
      push(BPF_JMP | BPF_JEQ | BPF_K, first, 0, 1);
    } else {
      push(BPF_JMP | BPF_JGE | BPF_K, first, 0, 2);
      push(BPF_JMP | BPF_JGT | BPF_K, last, 1, 0);
    }
    answer(one_answer->action, one_answer->errno_return);
  }
  land(other_arch);
}

std::string SeccompList::bytes() const {
  return {reinterpret_cast<const char*>(code_.data()),
          code_.size() * sizeof(sock_filter)};
}

}  // namespace bulkhead
