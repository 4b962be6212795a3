// Rules of a seccomp policy as a list of instructions, by the numbers of their
// calls.
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/spec/spec.h"

namespace bulkhead {

/// Writes rules for some calls. What it has no rules for is left to what comes
/// after it.
class SeccompList {
 public:
  /// The rules of each number; not empty.
  using Calls = std::map<std::uint32_t, std::vector<const SeccompRule*>>;

  /// Where no rule of a call matches, it answers with the default of `policy`.
  explicit SeccompList(const Seccomp& policy) : policy_(policy) {}

  /// `arch` as libseccomp names it (SCMP_ARCH_X86_64). All 64 bits of an
  /// argument are compared.
  void add(std::uint32_t arch, const Calls& calls);
  /// An array of struct sock_filter.
  [[nodiscard]] std::string bytes() const;

 private:
  void push(unsigned code, std::uint32_t k, unsigned jt = 0, unsigned jf = 0);
  void load(std::size_t offset);
  void answer(SeccompAction action, std::optional<std::uint32_t> error);
  /// Goes on where a jump to it was left open.
  void land(std::size_t jump);
  void add_rule(const SeccompRule& rule);
  void add_argument(const SeccompArgument& argument);

  const Seccomp& policy_;
  std::vector<sock_filter> code_;
  std::vector<std::size_t> failed_;  ///< Jumps to after the rule at hand.
};

}  // namespace bulkhead
