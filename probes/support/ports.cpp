#include "probes/support/ports.h"

#include "probes/support/net.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes {

std::vector<unsigned> ports_of(const Inside& inside, const std::string& fact) {
  std::vector<unsigned> ports;
  for (const std::string& word : split(inside.spec(fact), ',')) {
    ports.push_back(static_cast<unsigned>(number(word).value_or(0)));
  }
  return ports;
}

Observation try_bind(unsigned port, int protocol) {
  const Called made =
      call(SYS_socket, AF_INET, SOCK_STREAM | SOCK_CLOEXEC, protocol);
  if (!made.ok()) return observe(made, {}, "socket");
  const int own = static_cast<int>(made.value);
  socklen_t length = 0;
  const sockaddr_storage address = loopback(AF_INET, port, length);
  const Called bound = call(SYS_bind, own, &address, length);
  close(own);
  return observe(bound, {EADDRINUSE}, "bind to port " + std::to_string(port));
}

Observation try_connect(unsigned port, int protocol) {
  socklen_t length = 0;
  const sockaddr_storage address = loopback(AF_INET, port, length);
  const int listener = listen_on(&address, length);
  if (listener < 0) {
    return broken("own listener on port " + std::to_string(port) + ": " +
                  errno_name(errno));
  }
  const Called made =
      call(SYS_socket, AF_INET, SOCK_STREAM | SOCK_CLOEXEC, protocol);
  Observation seen = observe(made, {}, "socket");
  if (made.ok()) {
    const int own = static_cast<int>(made.value);
    seen = observe(call(SYS_connect, own, &address, length), {},
                   "connect to port " + std::to_string(port));
    close(own);
  }
  close(listener);
  return seen;
}

std::string told_of_mptcp(const Observation& seen) {
  if (seen.outcome == Outcome::kReached) {
    return "; known gap: MPTCP is not covered by the kernel's rules for TCP, "
           "and got through (" +
           seen.evidence + ")";
  }
  return "; MPTCP: " + seen.evidence;
}

}  // namespace bulkhead::probes
