#include "verify/facts_confine.h"

#include <fmt/ranges.h>

#include "probes/support/profile.h"

namespace bulkhead::verify {

void ask_for_profile(Spec& spec) {
  if (probes::why_no_profile().empty()) {
    spec.labels.apparmor = probes::kTestProfile;
  }
}

void add_confinement_facts(const Spec& spec, probes::Facts& facts) {
  if (!spec.labels.apparmor.empty()) {
    facts["lsm.apparmor"] = spec.labels.apparmor;
  }
  if (!spec.labels.selinux.empty()) facts["lsm.selinux"] = spec.labels.selinux;
  if (!spec.landlock) return;
  const auto add = [&](const char* name, const auto& ports) {
    if (ports) facts[name] = fmt::format("{}", fmt::join(*ports, ","));
  };
  add("landlock.tcp.bind", spec.landlock->tcp_bind);
  add("landlock.tcp.connect", spec.landlock->tcp_connect);
}

}  // namespace bulkhead::verify
