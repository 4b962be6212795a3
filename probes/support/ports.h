// TCP ports of the spec that confines them.
#pragma once

#include <string>

#include "probes/probe.h"

namespace bulkhead::probes {

/// Ports of a fact ("landlock.tcp.bind"), or none.
[[nodiscard]] std::vector<unsigned> ports_of(const Inside& inside,
                                             const std::string& fact);

/// bind(2) of 127.0.0.1:`port` by a stream socket of `protocol`; "bind" of
/// what is observed says so.
[[nodiscard]] Observation try_bind(unsigned port, int protocol);

/// Listens on 127.0.0.1:`port` and connects to it, the latter observed.
[[nodiscard]] Observation try_connect(unsigned port, int protocol);

/// What an MPTCP socket meets where a TCP socket was refused: the kernel's
/// rules for TCP ports do not cover it (landlock(7)).
[[nodiscard]] std::string told_of_mptcp(const Observation& seen);

inline constexpr int kTcp = 6;
inline constexpr int kMptcp = 262;

}  // namespace bulkhead::probes
