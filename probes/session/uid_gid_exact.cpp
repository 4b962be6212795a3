// All four ids of a kind: real, effective, saved and that of file accesses.
#include <sys/fsuid.h>

#include <array>

#include "probes/support/try.h"

namespace bulkhead::probes::session_uid_gid_exact {
namespace {

struct Kind {
  const char* fact;
  std::array<unsigned, 4> ids;
};

bool own_ids(Kind& users, Kind& groups) {
  auto& u = users.ids;
  auto& g = groups.ids;
  // Asked for an id that there is not, these two change nothing.
  u[3] = static_cast<unsigned>(setfsuid(static_cast<uid_t>(-1)));
  g[3] = static_cast<unsigned>(setfsgid(static_cast<gid_t>(-1)));
  return getresuid(&u[0], &u[1], &u[2]) == 0 &&
         getresgid(&g[0], &g[1], &g[2]) == 0;
}

std::string text_of(const Kind& kind) {
  std::string text;
  for (const unsigned id : kind.ids) text += " " + std::to_string(id);
  return kind.fact + text;
}

Observation attempt(Inside& inside) {
  Kind users{"uid", {}};
  Kind groups{"gid", {}};
  if (!own_ids(users, groups)) return broken("getresuid, getresgid");
  Tally tally;
  for (const Kind& kind : {users, groups}) {
    const long asked = inside.spec_number(kind.fact, -1);
    if (asked < 0) return fact_missing(kind.fact);
    bool same = true;
    for (const unsigned id : kind.ids) same = same && id == asked;
    tally.add(kind.fact,
              same ? refused(0, text_of(kind)) : reached(text_of(kind)));
  }
  Observation seen = tally.result();
  if (seen.outcome == Outcome::kRefused && inside.spec_number("gid", 0) == 0 &&
      inside.spec_number("uid", 0) == 0) {
    return absent("root is all that can be asked for here");
  }
  return seen;
}

Observation witness(Inside&) {
  Kind users{"uid", {}};
  Kind groups{"gid", {}};
  return own_ids(users, groups) ? works(text_of(users) + ", " + text_of(groups))
                                : broken("getresuid, getresgid");
}

const Register kProbe{{
    .id = "session/uid-gid-exact",
    .claim = "The workload runs as the user and the group that were asked for.",
    .watches = {"session"},
    .references = {"CVE-2016-3697", "CVE-2019-11245", "CVE-2026-30892",
                   "OCI process.user"},
    .remedy = "Set the group, then the user, real, effective and saved.",
    .attempt = attempt,
    .witness = witness,
    .as_asked = true,
}};

}  // namespace
}  // namespace bulkhead::probes::session_uid_gid_exact
