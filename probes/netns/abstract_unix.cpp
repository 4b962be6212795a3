// Abstract unix sockets belong to the network namespace, not to any path.
#include "probes/support/canary.h"
#include "probes/support/net.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::netns_abstract_unix {
namespace {

Observation attempt(Inside& inside) {
  socklen_t length = 0;
  const sockaddr_un address =
      abstract_address("bulkhead-" + inside.nonce(), length);
  Observation seen =
      connect_to(&address, length, inside.nonce(), "the abstract socket");
  if (seen.outcome != Outcome::kRefused) return seen;
  const std::string listed = slurp("/proc/net/unix", 4 << 20).value_or("");
  if (listed.find(inside.nonce()) != std::string::npos) {
    return reached("/proc/net/unix lists the host's socket");
  }
  return seen;
}

Observation witness(Inside&) {
  socklen_t length = 0;
  const sockaddr_un address =
      abstract_address("own-" + std::to_string(getpid()), length);
  const int listener = listen_on(&address, length);
  if (listener < 0) return broken("own listener: " + errno_name(errno));
  const int peer = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const Called connected = called(
      connect(peer, reinterpret_cast<const sockaddr*>(&address), length));
  close(peer);
  close(listener);
  return connected.ok()
             ? works("own abstract socket answers")
             : broken("own abstract socket: " + errno_name(connected.error));
}

bool plant(Outside& outside) {
  socklen_t length = 0;
  const sockaddr_un address =
      abstract_address("bulkhead-" + outside.nonce(), length);
  const int listener = listen_on(&address, length);
  return listener >= 0 && start_server(outside, listener);
}

const Register kProbe{{
    .id = "netns/abstract-unix",
    .claim = "Abstract unix sockets of the host cannot be reached.",
    .watches = {"netns"},
    .references = {"unix(7)", "CVE-2020-15257"},
    .remedy = "Ask for a new network namespace.",
    .attempt = attempt,
    .witness = witness,
    .plant = plant,
    .clean = stop_canary,
}};

}  // namespace
}  // namespace bulkhead::probes::netns_abstract_unix
