#include "runtime/plan/seccomp_overruled.h"

#include <map>

#include "runtime/plan/seccomp_conflicts.h"

namespace bulkhead {
namespace {

/// Calls `overruled(earlier, rule, name)` for each name of a rule that an
/// earlier one overrules; `keep(rule, name)` for the others.
template <class Keep, class Overruled>
void for_each_name(const Seccomp& policy, Keep keep, Overruled overruled) {
  std::map<std::string, const SeccompRule*, std::less<>> settled;
  for (const SeccompRule& rule : policy.rules) {
    const bool final =
        rule.arguments.empty() && !answers_as_default(policy, rule);
    for (const std::string& name : rule.names) {
      const auto earlier = settled.find(name);
      if (rule.arguments.empty() && earlier != settled.end()) {
        overruled(*earlier->second, rule, name);
        continue;
      }
      if (final) settled.emplace(name, &rule);
      keep(rule, name);
    }
  }
}

}  // namespace

Seccomp without_overruled(const Seccomp& policy) {
  Seccomp left = policy;
  left.rules.clear();
  const SeccompRule* last = nullptr;
  for_each_name(
      policy,
      [&](const SeccompRule& rule, const std::string& name) {
        if (&rule != last) {
          left.rules.push_back(
              {{}, rule.action, rule.errno_return, rule.arguments});
        }
        last = &rule;
        left.rules.back().names.push_back(name);
      },
      [](const SeccompRule&, const SeccompRule&, const std::string&) {});
  return left;
}

std::vector<std::string> overruled_notes(const Seccomp& policy) {
  std::vector<std::string> notes;
  for_each_name(
      policy, [](const SeccompRule&, const std::string&) {},
      [&](const SeccompRule& earlier, const SeccompRule& rule,
          const std::string& name) {
        if (same_answer(earlier, rule)) return;
        notes.push_back("of two rules for " + name +
                        " the first holds, as with libseccomp: " +
                        rule_words(earlier) + "; not " + rule_words(rule));
      });
  return notes;
}

}  // namespace bulkhead
