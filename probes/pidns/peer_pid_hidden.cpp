// A socket tells who is at its other end. Of a process outside, a PID
// namespace of its own shows 0.
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "probes/support/bystander.h"
#include "probes/support/try.h"

namespace bulkhead::probes::pidns_peer_pid_hidden {
namespace {

Observation peer_of(int peer) {
  ucred other{};
  socklen_t length = sizeof other;
  if (getsockopt(peer, SOL_SOCKET, SO_PEERCRED, &other, &length) != 0) {
    return broken("SO_PEERCRED: " + errno_name(errno));
  }
  return other.pid == 0
             ? refused(ESRCH, "the peer has no number here")
             : reached("the peer is process " + std::to_string(other.pid));
}

Observation attempt(Inside& inside) {
  const int peer = connect_to_bystander(inside);
  if (peer < 0) return broken("the bystander: " + errno_name(errno));
  Observation seen = peer_of(peer);
  close(peer);
  return seen;
}

Observation witness(Inside&) {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return broken("socketpair: " + errno_name(errno));
  }
  const Observation seen = peer_of(ends[0]);
  close(ends[0]);
  close(ends[1]);
  return seen.outcome == Outcome::kReached ? works("own peer has a number")
                                           : broken("own peer has no number");
}

bool plant(Outside& outside) {
  return start_bystander(outside, [](const ucred&, const std::string&) {
    return std::string("here");
  });
}

const Register kProbe{{
    .id = "pidns/peer-pid-hidden",
    .claim = "The numbers of processes outside are not told by sockets.",
    .watches = {"pidns"},
    .references = {"unix(7) SO_PEERCRED", "pid_namespaces(7)"},
    .remedy = "Ask for a new pid namespace.",
    .attempt = attempt,
    .witness = witness,
    .plant = plant,
    .clean = stop_bystander,
}};

}  // namespace
}  // namespace bulkhead::probes::pidns_peer_pid_hidden
