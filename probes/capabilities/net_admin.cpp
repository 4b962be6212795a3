// The flags of lo, set to what they are.
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cstring>

#include "probes/support/capability.h"
#include "probes/support/child.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::capabilities_net_admin {
namespace {

Observation attempt(Inside&) {
  const int handle = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (handle < 0) return broken("socket: " + errno_name(errno));
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  Observation seen = broken("the flags of lo cannot be read");
  if (ioctl(handle, SIOCGIFFLAGS, &request) == 0) {
    seen = observe(called(ioctl(handle, SIOCSIFFLAGS, &request)), {},
                   "setting the flags of lo");
  }
  close(handle);
  return seen;
}

const Register kProbe{{
    .id = "capabilities/net-admin",
    .claim = "The network of the container cannot be configured.",
    .watches = {"capabilities"},
    .references = {"capabilities(7) CAP_NET_ADMIN", "netdevice(7)"},
    .remedy = "Drop CAP_NET_ADMIN.",
    .attempt = attempt,
    .witness = [](Inside&) { return read_capabilities(); },
}};

}  // namespace
}  // namespace bulkhead::probes::capabilities_net_admin
