// A service on the host's loopback, and none of ours on that port.
#include "probes/support/canary.h"
#include "probes/support/net.h"
#include "probes/support/try.h"

namespace bulkhead::probes::netns_loopback_canary {
namespace {

Observation witness(Inside&) {
  socklen_t length = 0;
  sockaddr_storage address = loopback(AF_INET, 0, length);
  const int listener = listen_on(&address, length);
  if (listener < 0) return broken("own listener: " + errno_name(errno));
  Observation seen = broken("own listener has no name");
  if (getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length) ==
      0) {
    const int peer = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const Called connected =
        called(connect(peer, reinterpret_cast<sockaddr*>(&address), length));
    seen =
        connected.ok()
            ? works("own listener on 127.0.0.1 answers")
            : broken("connect to own listener: " + errno_name(connected.error));
    close(peer);
  }
  close(listener);
  return met_on_loopback(std::move(seen));
}

const Register kProbe{{
    .id = "netns/loopback-canary",
    .claim = "Services on the host's loopback cannot be reached.",
    .watches = {"netns"},
    .references = {"network_namespaces(7)", "CIS Docker 5.9"},
    .remedy = "Ask for a new network namespace.",
    .attempt =
        [](Inside& inside) { return connect_to_loopback(inside, AF_INET); },
    .witness = witness,
    .plant =
        [](Outside& outside) {
          return start_loopback_server(outside, AF_INET);
        },
    .clean = stop_canary,
}};

}  // namespace
}  // namespace bulkhead::probes::netns_loopback_canary
