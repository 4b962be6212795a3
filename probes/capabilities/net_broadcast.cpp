// The one thing that the kernel asks this capability for: netlink messages of
// all network namespaces on one socket.
#include <linux/netlink.h>
#include <sys/socket.h>

#include "probes/support/try.h"

namespace bulkhead::probes::capabilities_net_broadcast {
namespace {

int netlink_socket() {
  return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
}

Observation attempt(Inside&) {
  const int handle = netlink_socket();
  if (handle < 0) return broken("socket: " + errno_name(errno));
  const int on = 1;
  const Called set = called(
      setsockopt(handle, SOL_NETLINK, NETLINK_LISTEN_ALL_NSID, &on, sizeof on));
  close(handle);
  return observe(set, {}, "NETLINK_LISTEN_ALL_NSID");
}

Observation witness(Inside&) {
  const int handle = netlink_socket();
  if (handle < 0) return broken("socket: " + errno_name(errno));
  close(handle);
  return works("a netlink socket, which resolvers need");
}

const Register kProbe{{
    .id = "capabilities/net-broadcast",
    .claim = "Events of other network namespaces cannot be listened to.",
    .watches = {"capabilities"},
    .references = {"capabilities(7) CAP_NET_BROADCAST",
                   "netlink(7) NETLINK_LISTEN_ALL_NSID"},
    .remedy = "Drop CAP_NET_BROADCAST.",
    .attempt = attempt,
    .witness = witness,
}};

}  // namespace
}  // namespace bulkhead::probes::capabilities_net_broadcast
