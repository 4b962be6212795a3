// Outside halves' helper processes: canaries that must not be met inside.
#pragma once

#include <functional>
#include <string>

#include "probes/probe.h"

namespace bulkhead::probes {

/// Forks a helper that runs `body` once, then waits to be killed; returns when
/// `body` has (false: it failed). Its pid is told as "pid": a number above
/// 20000, which no young pid namespace has, so that it is not mistaken for a
/// process of the container. It holds none of the harness's descriptors
/// above 2 and no capabilities, has the spec's gid, may be traced by all of the
/// same ids, its name is canary_name(nonce), and it dies with the harness.
[[nodiscard]] bool start_canary(Outside& outside,
                                const std::function<bool()>& body = {});

/// Like start_canary, but keeps `listener` (which this closes in the harness)
/// and writes the nonce to whoever connects, for ever.
[[nodiscard]] bool start_server(Outside& outside, int listener);

/// start_server() on a port of the loopback of `family`, which is brought up;
/// tells "port". False (errno set): not even a listener.
[[nodiscard]] bool start_loopback_server(Outside& outside, int family);

/// Connects to that.
[[nodiscard]] Observation connect_to_loopback(const Inside& inside, int family);

/// Kills and reaps what "pid" tells.
void stop_canary(Outside& outside);

/// The first 15 characters of the nonce: a process name (comm).
[[nodiscard]] std::string canary_name(const std::string& nonce);

/// Writes the nonce to `directory()/name` with `mode`; tells "path".
[[nodiscard]] bool plant_file(Outside& outside, const std::string& name,
                              unsigned mode);
void remove_file(Outside& outside);

}  // namespace bulkhead::probes
