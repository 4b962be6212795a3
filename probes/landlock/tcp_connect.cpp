// A port that was not asked for cannot be connected to, whoever listens there.
#include <algorithm>

#include "probes/support/landlock.h"
#include "probes/support/net.h"
#include "probes/support/ports.h"

namespace bulkhead::probes::landlock_tcp_connect {
namespace {

Observation attempt(Inside& inside) {
  const auto open = ports_of(inside, "landlock.tcp.connect");
  // One that may be listened on, so that there is somebody to connect to.
  for (const unsigned port : ports_of(inside, "landlock.tcp.bind")) {
    if (std::ranges::find(open, port) != open.end()) continue;
    Observation seen = try_connect(port, kTcp);
    if (seen.outcome == Outcome::kRefused) {
      seen.evidence += told_of_mptcp(try_connect(port, kMptcp));
    }
    return unless_absent(inside, 4, seen);
  }
  return broken("no fact landlock.tcp.connect");
}

Observation witness(Inside& inside) {
  const auto open = ports_of(inside, "landlock.tcp.connect");
  if (open.empty()) return works("no ports were asked for");
  const Observation seen = try_connect(open.front(), kTcp);
  return seen.outcome == Outcome::kReached
             ? works(seen.evidence)
             : met_on_loopback(broken(seen.evidence));
}

const Register kProbe{{
    .id = "landlock/tcp-connect",
    .claim = "No other TCP port can be connected to than was asked for.",
    .watches = {"landlock"},
    .references = {"landlock(7) LANDLOCK_ACCESS_NET_CONNECT_TCP"},
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
}  // namespace bulkhead::probes::landlock_tcp_connect
