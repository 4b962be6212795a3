// A port that was not asked for cannot be taken. What MPTCP meets is told, not
// judged: the kernel's rules are for TCP alone.
#include "probes/support/landlock.h"
#include "probes/support/net.h"
#include "probes/support/ports.h"

namespace bulkhead::probes::landlock_tcp_bind {
namespace {

Observation attempt(Inside& inside) {
  const auto ports = ports_of(inside, "landlock.tcp.bind");
  if (ports.empty()) return broken("no fact landlock.tcp.bind");
  const unsigned other = ports.back() + 1;
  Observation seen = try_bind(other, kTcp);
  if (seen.outcome == Outcome::kRefused) {
    seen.evidence += told_of_mptcp(try_bind(other, kMptcp));
  }
  return unless_absent(inside, 4, seen);
}

Observation witness(Inside& inside) {
  const auto ports = ports_of(inside, "landlock.tcp.bind");
  if (ports.empty()) return works("no ports were asked for");
  const Observation seen = try_bind(ports.front(), kTcp);
  return seen.outcome == Outcome::kReached ? works(seen.evidence)
                                           : broken(seen.evidence);
}

const Register kProbe{{
    .id = "landlock/tcp-bind",
    .claim = "No other TCP port can be bound than was asked for.",
    .watches = {"landlock"},
    .references = {"landlock(7) LANDLOCK_ACCESS_NET_BIND_TCP"},
    .remedy = "Confine TCP ports (Linux 6.7); deny MPTCP by the filter.",
    .attempt = attempt,
    .witness = witness,
    .plant =
        [](Outside& outside) {
          plant_abi(outside);
          return true;
        },
    .placement = Placement::kAlone,
    .confines_tcp = true,
}};

}  // namespace
}  // namespace bulkhead::probes::landlock_tcp_bind
