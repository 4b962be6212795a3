// A process outside that acts when it is asked, by a socket in the rootfs: for
// what must happen while the container runs, and for what only somebody outside
// can see of it.
#pragma once

#include <sys/socket.h>

#include <functional>
#include <optional>
#include <string>

#include "probes/probe.h"

namespace bulkhead::probes {

/// What the bystander says to `question` of `caller`, whose ids are those that
/// it has outside.
using Reply = std::function<std::string(const ucred& caller,
                                        const std::string& question)>;

/// Forks a process that answers, with the harness's privileges and none of
/// its descriptors above 2 but `lent`, which it hands to whoever asks; it dies
/// with the harness. It may have no `answer` where it only lends.
[[nodiscard]] bool start_bystander(Outside& outside, const Reply& answer,
                                   int lent = -1);

/// Kills and reaps it.
void stop_bystander(Outside& outside);

/// A connection to the bystander, or -1 (errno set).
[[nodiscard]] int connect_to_bystander(const Inside& inside);

/// Asks the bystander; nothing (errno set) if it cannot be reached.
[[nodiscard]] std::optional<std::string> ask_bystander(
    const Inside& inside, const std::string& question = {});

/// What the bystander lends: a descriptor of the same open file, or -1 (errno
/// set; ENODATA: it lends nothing).
[[nodiscard]] int borrow_from_bystander(const Inside& inside);

/// Where the directory that the spec binds is: on the host's own root its
/// source, elsewhere its destination.
[[nodiscard]] std::string bound_directory(const Inside& inside);

/// The permitted twin: a file in the bound directory, if there is one, can be
/// read.
[[nodiscard]] Observation read_bound_file(const Inside& inside,
                                          const std::string& name);

}  // namespace bulkhead::probes
