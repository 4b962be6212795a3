// Raw and packet sockets forge what neighbours believe.
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "probes/support/try.h"

namespace bulkhead::probes::capabilities_net_raw {
namespace {

Observation open_socket(int family, int protocol) {
  const Called made =
      call(SYS_socket, family, SOCK_RAW | SOCK_CLOEXEC, protocol);
  if (made.ok()) close(static_cast<int>(made.value));
  if (made.error == EAFNOSUPPORT && !filtered()) {
    return absent("no such family");
  }
  return observe(made, {}, "socket");
}

Observation attempt(Inside&) {
  Tally tally;
  tally.add("raw IPv4", open_socket(AF_INET, IPPROTO_ICMP));
  tally.add("raw IPv6", open_socket(AF_INET6, IPPROTO_ICMPV6));
  tally.add("packet", open_socket(AF_PACKET, htons(ETH_P_ALL)));
  return tally.result();
}

Observation witness(Inside&) {
  const Called made = call(SYS_socket, AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (made.ok()) close(static_cast<int>(made.value));
  return made.ok() ? works("a UDP socket")
                   : broken("UDP socket: " + errno_name(made.error));
}

const Register kProbe{{
    .id = "capabilities/net-raw",
    .claim = "No raw or packet socket can be had.",
    .watches = {"capabilities"},
    .references = {"CVE-2020-13401", "CVE-2020-10749", "CVE-2020-14386",
                   "capabilities(7) CAP_NET_RAW"},
    .remedy = "Drop CAP_NET_RAW.",
    .attempt = attempt,
    .witness = witness,
}};

}  // namespace
}  // namespace bulkhead::probes::capabilities_net_raw
