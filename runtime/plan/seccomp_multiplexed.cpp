#include "runtime/plan/seccomp_multiplexed.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <set>
#include <string_view>

#include "runtime/plan/seccomp_conflicts.h"

namespace bulkhead {
namespace {

struct Entry {
  const char* name;
  std::uint32_t number;  ///< On i386.
};
constexpr std::array kEntries = {Entry{"socketcall", 102}, Entry{"ipc", 117}};

/// A call behind an entry. Of later kernels it has a number of its own: 4.3 for
/// sockets, 5.1 for System V.
struct Behind {
  std::string_view name;
  const char* entry;
  int direct;  ///< -1: none.
};
constexpr std::array kCalls = {
    Behind{"socket", "socketcall", 359},
    Behind{"bind", "socketcall", 361},
    Behind{"connect", "socketcall", 362},
    Behind{"listen", "socketcall", 363},
    Behind{"accept", "socketcall", -1},
    Behind{"getsockname", "socketcall", 367},
    Behind{"socketpair", "socketcall", 360},
    Behind{"getpeername", "socketcall", 368},
    Behind{"send", "socketcall", -1},
    Behind{"recv", "socketcall", -1},
    Behind{"sendto", "socketcall", 369},
    Behind{"recvfrom", "socketcall", 371},
    Behind{"shutdown", "socketcall", 373},
    Behind{"setsockopt", "socketcall", 366},
    Behind{"getsockopt", "socketcall", 365},
    Behind{"sendmsg", "socketcall", 370},
    Behind{"recvmsg", "socketcall", 372},
    Behind{"accept4", "socketcall", 364},
    Behind{"recvmmsg", "socketcall", 337},
    Behind{"sendmmsg", "socketcall", 345},
    Behind{"semop", "ipc", -1},
    Behind{"semget", "ipc", 393},
    Behind{"semctl", "ipc", 394},
    Behind{"semtimedop", "ipc", -1},
    Behind{"msgsnd", "ipc", 400},
    Behind{"msgrcv", "ipc", 401},
    Behind{"msgget", "ipc", 399},
    Behind{"msgctl", "ipc", 402},
    Behind{"shmat", "ipc", 397},
    Behind{"shmdt", "ipc", 398},
    Behind{"shmget", "ipc", 395},
    Behind{"shmctl", "ipc", 396},
};

bool names(const SeccompRule& rule, const std::string& name) {
  return std::ranges::find(rule.names, name) != rule.names.end();
}

/// Nothing that is not named gets through.
bool denies_by_default(const Seccomp& policy) {
  return leniency(policy.default_action) < leniency(SeccompAction::kLog);
}

/// Some rule says something else of `entry` than the default.
bool has_own_rule(const Seccomp& policy, const std::string& entry) {
  return std::ranges::any_of(policy.rules, [&](const SeccompRule& rule) {
    return names(rule, entry) && !answers_as_default(policy, rule);
  });
}

/// The first call of `entry` for which a rule compares an argument; or "".
std::string compared_behind(const Seccomp& policy, const std::string& entry) {
  for (const SeccompRule& rule : policy.rules) {
    if (rule.arguments.empty()) continue;
    for (const std::string& name : rule.names) {
      if (multiplexer(name) == entry) return name;
    }
  }
  return {};
}

}  // namespace

bool is_multiplexer(const std::string& name) {
  return std::ranges::any_of(
      kEntries, [&](const Entry& entry) { return name == entry.name; });
}

std::string multiplexer(const std::string& name) {
  const auto call = std::ranges::find(kCalls, name, &Behind::name);
  return call == kCalls.end() ? "" : call->entry;
}

int direct_i386_number(const std::string& name) {
  const auto call = std::ranges::find(kCalls, name, &Behind::name);
  return call == kCalls.end() ? -1 : call->direct;
}

bool filters_i386(const Seccomp& policy) {
  return std::ranges::any_of(policy.architectures, [](const std::string& name) {
    return architecture_word(name) == "x86";
  });
}

/// libseccomp compares only argument 0 with the number of the call: what `rule`
/// says of that is forgotten, which makes a refusal wider; the other arguments
/// are compared with what is none. A rule of the entry's own goes before; one
/// that says what the default says is never added.
bool hidden_by_multiplexer(const Seccomp& policy, const std::string& name,
                           const SeccompRule& rule) {
  const std::string entry = multiplexer(name);
  if (entry.empty()) return false;
  bool named = false;
  for (const SeccompRule& other : policy.rules) {
    if (!names(other, entry)) continue;
    if (other.arguments.empty() && !answers_as_default(policy, other)) {
      return false;
    }
    named = true;
  }
  const bool stricter = leniency(rule.action) < leniency(policy.default_action);
  if (rule.arguments.empty()) return named && !stricter;
  return !stricter ||
         std::ranges::any_of(rule.arguments, [](const SeccompArgument& one) {
           return one.index != 0;
         });
}

std::vector<std::string> closed_entries(const Seccomp& policy) {
  if (!filters_i386(policy) || !denies_by_default(policy)) return {};
  std::set<std::string> closed;
  for (const SeccompRule& rule : policy.rules) {
    for (const std::string& name : rule.names) {
      if (hidden_by_multiplexer(policy, name, rule) &&
          !has_own_rule(policy, multiplexer(name))) {
        closed.insert(multiplexer(name));
      }
    }
  }
  return {closed.begin(), closed.end()};
}

std::string close_entries(const Seccomp& policy, std::string program) {
  std::vector<sock_filter> code;
  for (const std::string& closed : closed_entries(policy)) {
    const auto entry = std::ranges::find_if(
        kEntries, [&](const Entry& one) { return closed == one.name; });
    const std::array<sock_filter, 5> block = {{
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_I386, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, entry->number, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, kernel_action(policy.default_action,
                                                policy.default_errno_return)),
    }};
    code.insert(code.end(), block.begin(), block.end());
  }
  return std::string(reinterpret_cast<const char*>(code.data()),
                     code.size() * sizeof(sock_filter)) +
         std::move(program);
}

std::vector<std::string> multiplexer_notes(const Seccomp& policy) {
  if (!filters_i386(policy)) return {};
  const std::vector<std::string> closed = closed_entries(policy);
  std::vector<std::string> notes;
  for (const Entry& entry : kEntries) {
    const std::string hidden = compared_behind(policy, entry.name);
    if (std::ranges::find(closed, entry.name) != closed.end()) {
      notes.push_back("for i386 programs " + std::string(entry.name) +
                      " is denied: it hides the arguments that a rule " +
                      (hidden.empty() ? "" : "for " + hidden + " ") +
                      "compares, and no rule names it");
    } else if (!hidden.empty() &&
               std::ranges::any_of(policy.rules, [&](const SeccompRule& rule) {
                 return names(rule, entry.name) &&
                        leniency(rule.action) >= leniency(SeccompAction::kLog);
               })) {
      notes.push_back("for i386 programs " + std::string(entry.name) +
                      " is allowed, as asked: by it they reach " + hidden +
                      " whatever its arguments");
    }
  }
  return notes;
}

}  // namespace bulkhead
