// A service on the host's IPv6 loopback: filters that know IPv4 only pass it.
#include <sys/socket.h>

#include "probes/support/canary.h"
#include "probes/support/try.h"

namespace bulkhead::probes::netns_loopback6_canary {
namespace {

Observation attempt(Inside& inside) {
  return inside.planted("port").empty()
             ? absent("the host has no IPv6 loopback")
             : connect_to_loopback(inside, AF_INET6);
}

Observation witness(Inside&) {
  const int made = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (made < 0) return broken("socket: " + errno_name(errno));
  close(made);
  return works("an internet socket");
}

bool plant(Outside& outside) {
  return start_loopback_server(outside, AF_INET6) || errno == EAFNOSUPPORT ||
         errno == EADDRNOTAVAIL;
}

const Register kProbe{{
    .id = "netns/loopback6-canary",
    .claim = "Services on the host's IPv6 loopback cannot be reached.",
    .watches = {"netns"},
    .references = {"network_namespaces(7)", "ipv6(7)", "CIS Docker 5.9"},
    .remedy = "Ask for a new network namespace.",
    .attempt = attempt,
    .witness = witness,
    .plant = plant,
    .clean = stop_canary,
}};

}  // namespace
}  // namespace bulkhead::probes::netns_loopback6_canary
