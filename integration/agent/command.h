// Runs one command for the host.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "integration/agent/port.h"

namespace bulkhead::agent {

struct Command {
  std::string cwd;
  std::optional<unsigned> uid;
  std::optional<unsigned> gid;
  std::vector<std::string> argv;
  std::vector<std::string> env;
};

/// Reads a kRun payload; nothing when it is malformed.
[[nodiscard]] std::optional<Command> parse_command(std::string_view payload);

/// Starts `command`, feeds it the kData frames up to kEnd, sends what it
/// prints as it comes, and last how it ended. It ends when its first process
/// does; what others print later is lost. kStop kills every process of the
/// machine but this one: nothing can hide from that by leaving a session or a
/// cgroup. When, is the host's to say: a guest's clock is calibrated while its
/// processor waits for others, and has been seen three times too fast.
void run(Port& port, const Command& command);

}  // namespace bulkhead::agent
