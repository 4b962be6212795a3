// A service on the host's IPv6 loopback: filters that know IPv4 only pass it.
#include <netinet/in.h>

#include "probes/support/canary.h"
#include "probes/support/net.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes {
namespace {

Observation attempt(Inside& inside) {
  const auto port = number(inside.planted("port"));
  if (!port) return absent("the host has no IPv6 loopback");
  socklen_t length = 0;
  const sockaddr_storage address =
      loopback(AF_INET6, static_cast<unsigned>(*port), length);
  return connect_to(&address, length, inside.nonce(),
                    "[::1]:" + std::to_string(*port));
}

Observation witness(Inside&) {
  const int made = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (made < 0) return broken("socket: " + errno_name(errno));
  close(made);
  return works("an internet socket");
}

bool plant(Outside& outside) {
  if (!bring_loopback_up()) return false;
  socklen_t length = 0;
  sockaddr_storage address = loopback(AF_INET6, 0, length);
  const int listener = listen_on(&address, length);
  if (listener < 0) {
    return errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL;
  }
  if (getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length) !=
      0) {
    close(listener);
    return false;
  }
  const auto& bound = reinterpret_cast<const sockaddr_in6&>(address);
  outside.tell("port", std::to_string(ntohs(bound.sin6_port)));
  return start_server(outside, listener);
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
}  // namespace bulkhead::probes
