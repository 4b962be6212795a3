// For no protocol at all: it would receive nothing.
#include <sys/socket.h>

#include "probes/support/ordinary.h"
#include "probes/support/try.h"

namespace bulkhead::probes::capabilities_net_packet {
namespace {

Observation attempt(Inside&) {
  const Called made = call(SYS_socket, AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  if (made.ok()) close(static_cast<int>(made.value));
  if (made.error == EAFNOSUPPORT && !filtered()) {
    return absent("this kernel has no packet sockets");
  }
  return observe(made, {}, "socket");
}

const Register kProbe{{
    .id = "capabilities/net-packet",
    .claim = "Frames can neither be listened to nor forged.",
    .watches = {"capabilities", "seccomp"},
    .references = {"CVE-2020-14386", "packet(7)",
                   "capabilities(7) CAP_NET_RAW"},
    .remedy = "Drop CAP_NET_RAW and deny AF_PACKET.",
    .attempt = attempt,
    .witness = [](Inside&) { return resolver_works(); },
}};

}  // namespace
}  // namespace bulkhead::probes::capabilities_net_packet
