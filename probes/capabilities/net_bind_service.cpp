// Bound, never listened on. The container's network is its own, and so is the
// limit.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "probes/support/try.h"

namespace bulkhead::probes::capabilities_net_bind_service {
namespace {

constexpr in_port_t kEcho = 7;

Called bind_to(in_port_t port) {
  const Called made = call(SYS_socket, AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (!made.ok()) return made;
  const auto handle = static_cast<int>(made.value);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  const Called bound =
      call(SYS_bind, handle, &address, socklen_t{sizeof address});
  close(handle);
  return bound;
}

Observation attempt(Inside&) {
  return observe(bind_to(kEcho), {EADDRINUSE}, "bind to port 7");
}

Observation witness(Inside&) {
  const Called bound = bind_to(0);
  return bound.ok() ? works("a port of the kernel's choice")
                    : broken("bind: " + errno_name(bound.error));
}

const Register kProbe{{
    .id = "capabilities/net-bind-service",
    .claim = "No port below 1024 can be taken.",
    .watches = {"capabilities"},
    .references = {"capabilities(7) CAP_NET_BIND_SERVICE", "PSS restricted"},
    .remedy = "Drop CAP_NET_BIND_SERVICE and leave "
              "net.ipv4.ip_unprivileged_port_start at 1024.",
    .attempt = attempt,
    .witness = witness,
}};

}  // namespace
}  // namespace bulkhead::probes::capabilities_net_bind_service
