// Abstract unix sockets of the two other types: each has a name of its own.
#include <sys/socket.h>
#include <sys/un.h>

#include <array>

#include "probes/support/canary.h"
#include "probes/support/net.h"
#include "probes/support/try.h"

namespace bulkhead::probes::netns_abstract_datagram {
namespace {

struct Kind {
  const char* name;
  int type;
};
constexpr std::array kKinds = {Kind{"dgram", SOCK_DGRAM},
                               Kind{"seqpacket", SOCK_SEQPACKET}};

sockaddr_un address_of(const Kind& kind, const std::string& nonce,
                       socklen_t& length) {
  return abstract_address(nonce + "-" + kind.name, length);
}

Observation look(const Kind& kind, const std::string& nonce) {
  const int own = socket(AF_UNIX, kind.type | SOCK_CLOEXEC, 0);
  if (own < 0) return broken("socket: " + errno_name(errno));
  socklen_t length = 0;
  const sockaddr_un address = address_of(kind, nonce, length);
  Observation seen = observe(
      called(connect(own, reinterpret_cast<const sockaddr*>(&address), length)),
      {}, "connect");
  close(own);
  return seen;
}

Observation attempt(Inside& inside) {
  Tally tally;
  for (const Kind& kind : kKinds) {
    tally.add(kind.name, look(kind, inside.nonce()));
  }
  return tally.result();
}

Observation witness(Inside&) {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return broken("socketpair: " + errno_name(errno));
  }
  close(ends[0]);
  close(ends[1]);
  return works("own datagram sockets");
}

// In the canary, which keeps them open.
bool bind_all(const std::string& nonce) {
  for (const Kind& kind : kKinds) {
    const int own = socket(AF_UNIX, kind.type | SOCK_CLOEXEC, 0);
    socklen_t length = 0;
    const sockaddr_un address = address_of(kind, nonce, length);
    if (own < 0 ||
        bind(own, reinterpret_cast<const sockaddr*>(&address), length) != 0) {
      return false;
    }
    if (kind.type == SOCK_SEQPACKET && listen(own, 4) != 0) return false;
  }
  return true;
}

bool plant(Outside& outside) {
  const std::string nonce = outside.nonce();
  return start_canary(outside, [nonce] { return bind_all(nonce); });
}

const Register kProbe{{
    .id = "netns/abstract-datagram",
    .claim = "Abstract datagram and packet sockets of the host cannot be "
             "reached.",
    .watches = {"netns", "landlock"},
    .references = {"unix(7)", "CVE-2020-15257"},
    .remedy = "Ask for a new network namespace.",
    .attempt = attempt,
    .witness = witness,
    .plant = plant,
    .clean = stop_canary,
}};

}  // namespace
}  // namespace bulkhead::probes::netns_abstract_datagram
