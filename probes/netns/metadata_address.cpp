// The address at which clouds hand out credentials. Here it is the harness's
// own: an address of the crash box's loopback, with the nonce behind it.
#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstring>

#include "probes/support/canary.h"
#include "probes/support/net.h"
#include "probes/support/try.h"

namespace bulkhead::probes::netns_metadata_address {
namespace {

constexpr const char* kAddress = "169.254.169.254";
constexpr unsigned kPort = 80;

sockaddr_in address() {
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(kPort);
  inet_pton(AF_INET, kAddress, &where.sin_addr);
  return where;
}

Observation attempt(Inside& inside) {
  const sockaddr_in where = address();
  return connect_to(&where, sizeof where, inside.nonce(), kAddress);
}

Observation witness(Inside&) {
  const int made = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (made < 0) return broken("socket: " + errno_name(errno));
  close(made);
  return works("an internet socket");
}

bool plant(Outside& outside) {
  if (!bring_loopback_up() || !add_loopback_address(kAddress)) return false;
  const sockaddr_in where = address();
  const int listener = listen_on(&where, sizeof where);
  return listener >= 0 && start_server(outside, listener);
}

void clean(Outside& outside) {
  stop_canary(outside);
  remove_loopback_address();
}

const Register kProbe{{
    .id = "netns/metadata-address",
    .claim = "The link-local address of a cloud's metadata cannot be reached.",
    .watches = {"netns"},
    .references = {"RFC 3927", "NIST SP 800-190 4.4", "network_namespaces(7)"},
    .remedy = "Ask for a new network namespace; where it is connected, route "
              "no link-local address.",
    .attempt = attempt,
    .witness = witness,
    .plant = plant,
    .clean = clean,
}};

}  // namespace
}  // namespace bulkhead::probes::netns_metadata_address
