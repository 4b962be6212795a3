// Sockets for canaries and witnesses.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <string>

#include "probes/support/try.h"

namespace bulkhead::probes {

/// 127.0.0.1:`port` or [::1]:`port` by `family`; its length in `length`.
[[nodiscard]] sockaddr_storage loopback(int family, unsigned port,
                                        socklen_t& length);

/// The abstract unix socket address "\0`name`"; its length in `length`.
[[nodiscard]] sockaddr_un abstract_address(const std::string& name,
                                           socklen_t& length);

/// A listening stream socket on `address`, or -1 (errno set).
[[nodiscard]] int listen_on(const void* address, socklen_t length);

/// Connects and reads the nonce, each within two seconds. Reached if anybody
/// answered at all.
[[nodiscard]] Observation connect_to(const void* address, socklen_t length,
                                     const std::string& nonce,
                                     const std::string& what);

/// Gives lo one more IPv4 address, and takes it away again. For the outside
/// half: the crash box's lo.
[[nodiscard]] bool add_loopback_address(const char* address);
void remove_loopback_address();

/// What a witness met on lo; the fact "loopback" is missing where it met
/// nothing because lo is down.
[[nodiscard]] Observation met_on_loopback(Observation seen);

/// Sets IFF_UP on lo if it is not set.
[[nodiscard]] bool bring_loopback_up();

}  // namespace bulkhead::probes
