// Where the network is shared with the host, its abstract sockets are as well:
// containerd's shim once listened on one (CVE-2020-15257). A domain of ABI 6
// keeps them apart all the same.
#include "probes/support/canary.h"
#include "probes/support/landlock.h"
#include "probes/support/net.h"
#include "probes/support/try.h"

namespace bulkhead::probes::landlock_abstract_sockets {
namespace {

std::string name_of(const std::string& nonce) { return "landlock-" + nonce; }

Observation attempt(Inside& inside) {
  socklen_t length = 0;
  const sockaddr_un address = abstract_address(name_of(inside.nonce()), length);
  return unless_absent(
      inside, 6,
      connect_to(&address, length, inside.nonce(), "the abstract socket"));
}

Observation witness(Inside&) {
  socklen_t length = 0;
  const sockaddr_un address =
      abstract_address("scoped-" + std::to_string(getpid()), length);
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
  plant_abi(outside);
  socklen_t length = 0;
  const sockaddr_un address =
      abstract_address(name_of(outside.nonce()), length);
  const int listener = listen_on(&address, length);
  return listener >= 0 && start_server(outside, listener);
}

const Register kProbe{{
    .id = "landlock/abstract-sockets",
    .claim = "Abstract sockets of processes outside cannot be connected to.",
    .watches = {"landlock", "netns"},
    .references = {"landlock(7) LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET",
                   "CVE-2020-15257"},
    .remedy = "Scope abstract sockets (Linux 6.12), or ask for a new network "
              "namespace.",
    .attempt = attempt,
    .witness = witness,
    .plant = plant,
    .clean = stop_canary,
}};

}  // namespace
}  // namespace bulkhead::probes::landlock_abstract_sockets
