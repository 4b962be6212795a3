#include "runtime/plan/seccomp_split.h"

#include <linux/seccomp.h>
#include <seccomp.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <vector>

#include "runtime/plan/seccomp_conflicts.h"
#include "runtime/plan/seccomp_list.h"
#include "runtime/plan/seccomp_multiplexed.h"

namespace bulkhead {
namespace {

/// An architecture as libseccomp names it; x32 is x86_64 with other numbers.
using Arch = std::uint32_t;

/// Those whose rules libseccomp does not rewrite, but for i386's multiplexed
/// entries.
constexpr Arch kPlain[] = {SCMP_ARCH_X86_64, SCMP_ARCH_X86, SCMP_ARCH_X32,
                           SCMP_ARCH_AARCH64, SCMP_ARCH_ARM};

std::set<Arch> arches_of(const Seccomp& policy) {
  std::set<Arch> arches = {seccomp_arch_native()};
  for (const std::string& name : policy.architectures) {
    arches.insert(seccomp_arch_resolve_name(architecture_word(name).c_str()));
  }
  return arches;
}

class Splitter {
 public:
  explicit Splitter(const Seccomp& policy)
      : policy_(policy),
        arches_(arches_of(policy)),
        i386_(filters_i386(policy)) {}

  SplitSeccomp split() {
    SplitSeccomp parts{{}, policy_};
    const auto is_plain = [](Arch arch) {
      return std::ranges::find(kPlain, arch) != std::end(kPlain);
    };
    if (!std::ranges::all_of(arches_, is_plain)) return parts;
    parts.rest.rules.clear();
    for (const SeccompRule& rule : policy_.rules) {
      SeccompRule left{{}, rule.action, rule.errno_return, rule.arguments};
      for (const std::string& name : rule.names) {
        if (!take(rule, name)) left.names.push_back(name);
      }
      if (!left.names.empty()) parts.rest.rules.push_back(std::move(left));
    }
    SeccompList list(policy_);
    for (const auto& [arch, of_arch] : calls_) list.add(arch, of_arch);
    parts.code = list.bytes();
    return parts;
  }

 private:
  /// False: libseccomp must know it too.
  bool take(const SeccompRule& rule, const std::string& name) {
    if (seccomp_syscall_resolve_name(name.c_str()) == __NR_SCMP_ERROR) {
      return false;
    }
    const bool multiplexed =
        i386_ && (is_multiplexer(name) || !multiplexer(name).empty());
    for (const Arch arch : arches_) {
      if (multiplexed && arch == SCMP_ARCH_X86) continue;
      const int number = seccomp_syscall_resolve_name_arch(arch, name.c_str());
      // Below 0: it has no entry of its own there.
      if (number < 0) continue;
      calls_[arch][static_cast<std::uint32_t>(number)].push_back(&rule);
    }
    return !multiplexed;
  }

  const Seccomp& policy_;
  std::set<Arch> arches_;
  bool i386_;
  std::map<Arch, SeccompList::Calls> calls_;
};

}  // namespace

SplitSeccomp split_seccomp(const Seccomp& policy) {
  return Splitter(policy).split();
}

}  // namespace bulkhead
