// Each set against the spec: a bit too many is reach, a bit too few is a
// witness that does not work.
#include "probes/support/capability.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::capabilities_sets_exact {
namespace {

struct Set {
  const char* fact;
  std::uint64_t have;
};

bool read_sets(std::vector<Set>& sets) {
  const auto own = capability_sets();
  if (!own || last_capability() < 0) return false;
  sets = {{"caps.bounding", bounding_set()},
          {"caps.effective", own->effective},
          {"caps.permitted", own->permitted},
          {"caps.inheritable", own->inheritable},
          {"caps.ambient", ambient_set()}};
  return true;
}

Observation attempt(Inside& inside) {
  std::vector<Set> sets;
  if (!read_sets(sets)) return broken("capget: " + errno_name(errno));
  Tally tally;
  for (const Set& set : sets) {
    const auto asked = number(inside.spec(set.fact), 16);
    if (!asked) return fact_missing(set.fact);
    const std::uint64_t extra = set.have & ~*asked;
    tally.add(set.fact, extra != 0 ? reached("too many: " + hex(extra))
                                   : refused(0, hex(set.have)));
  }
  return tally.result();
}

Observation witness(Inside& inside) {
  std::vector<Set> sets;
  if (!read_sets(sets)) return broken("capget: " + errno_name(errno));
  for (const Set& set : sets) {
    const auto asked = number(inside.spec(set.fact), 16);
    if (!asked) continue;
    // Without declared sets (the control) root has no ambient ones either.
    const std::uint64_t lost = *asked & ~set.have;
    if (lost != 0) return broken(std::string(set.fact) + " lacks " + hex(lost));
  }
  return works("no declared capability is missing");
}

const Register kProbe{{
    .id = "capabilities/sets-exact",
    .claim = "No capability is held that was not asked for.",
    .watches = {"capabilities"},
    .references = {"OCI process.capabilities", "capabilities(7)",
                   "CIS Docker 5.3"},
    .remedy = "Set all five capability sets and read them back.",
    .attempt = attempt,
    .witness = witness,
    .as_asked = true,
}};

}  // namespace
}  // namespace bulkhead::probes::capabilities_sets_exact
