#include "probes/support/net.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>

#include <array>
#include <cstddef>
#include <cstring>

namespace bulkhead::probes {

sockaddr_storage loopback(int family, unsigned port, socklen_t& length) {
  sockaddr_storage storage{};
  const auto network_port = htons(static_cast<std::uint16_t>(port));
  if (family == AF_INET6) {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = network_port;
    address.sin6_addr = in6addr_loopback;
    std::memcpy(&storage, &address, sizeof address);
    length = sizeof address;
  } else {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = network_port;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    std::memcpy(&storage, &address, sizeof address);
    length = sizeof address;
  }
  return storage;
}

sockaddr_un abstract_address(const std::string& name, socklen_t& length) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::size_t size = std::min(name.size(), sizeof address.sun_path - 1);
  std::memcpy(address.sun_path + 1, name.data(), size);
  length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + size);
  return address;
}

int listen_on(const void* address, socklen_t length) {
  const auto* generic = static_cast<const sockaddr*>(address);
  const int listener =
      socket(generic->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listener < 0) return -1;
  // A port that is named may still be remembered from the container before.
  const int yes = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (bind(listener, generic, length) == 0 && listen(listener, 4) == 0) {
    return listener;
  }
  const int error = errno;
  close(listener);
  errno = error;
  return -1;
}

Observation connect_to(const void* address, socklen_t length,
                       const std::string& nonce, const std::string& what) {
  const auto* generic = static_cast<const sockaddr*>(address);
  const int peer = socket(generic->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (peer < 0) {
    return observe(called(-1), {}, "socket for " + what);
  }
  // A route to nowhere would hold the half up to its deadline.
  const timeval patience{2, 0};
  setsockopt(peer, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  const Called connected = called(connect(peer, generic, length));
  Observation seen = observe(connected, {}, "connect to " + what);
  if (connected.ok()) {
    std::array<char, 64> answer{};
    const ssize_t got = recv(peer, answer.data(), answer.size(), 0);
    const bool same =
        got > 0 &&
        std::string(answer.data(), static_cast<std::size_t>(got)) == nonce;
    seen.evidence += same ? ", the nonce was read" : ", no nonce was read";
  }
  close(peer);
  return seen;
}

namespace {

constexpr const char* kAlias = "lo:bh";

}  // namespace

bool add_loopback_address(const char* address) {
  const int handle = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (handle < 0) return false;
  ifreq request{};
  std::strcpy(request.ifr_name, kAlias);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  inet_pton(AF_INET, address, &where.sin_addr);
  std::memcpy(&request.ifr_addr, &where, sizeof where);
  const bool added = ioctl(handle, SIOCSIFADDR, &request) == 0;
  close(handle);
  return added;
}

void remove_loopback_address() {
  const int handle = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (handle < 0) return;
  ifreq request{};
  std::strcpy(request.ifr_name, kAlias);
  // Taking an alias down removes its address; lo itself stays up.
  static_cast<void>(ioctl(handle, SIOCSIFFLAGS, &request));
  close(handle);
}

Observation met_on_loopback(Observation seen) {
  const int handle = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (handle < 0 || seen.outcome != Outcome::kBroken) {
    if (handle >= 0) close(handle);
    return seen;
  }
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  const bool known = ioctl(handle, SIOCGIFFLAGS, &request) == 0;
  close(handle);
  if (!known || (request.ifr_flags & IFF_UP) != 0) return seen;
  return fact_missing("loopback", "is missing: lo is down, " + seen.evidence);
}

bool bring_loopback_up() {
  const int handle = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (handle < 0) return false;
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  bool up = ioctl(handle, SIOCGIFFLAGS, &request) == 0;
  if (up && (request.ifr_flags & IFF_UP) == 0) {
    request.ifr_flags |= IFF_UP;
    up = ioctl(handle, SIOCSIFFLAGS, &request) == 0;
  }
  close(handle);
  return up;
}

}  // namespace bulkhead::probes
