// Packets of pool_wire.h: sent, received, made and read.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/pool_wire.h"
#include "runtime/base/fd.h"
#include "runtime/base/result.h"
#include "runtime/parent/container.h"

namespace bulkhead::cli {

struct Packet {
  std::string text;
  std::vector<Fd> fds;
};

/// Sends one packet with copies of `fds`. Never raises SIGPIPE, and with
/// `at_once` never waits.
[[nodiscard]] Status send_packet(int socket, std::string_view text,
                                 std::span<const int> fds = {},
                                 bool at_once = false);

/// Waits for a packet; nothing: the other side has closed. An error where it is
/// longer than `room`, which it passes through, or holds more than three
/// descriptors.
[[nodiscard]] Result<std::optional<Packet>> receive_packet(
    int socket, std::span<char> room);

/// What a client asks for.
[[nodiscard]] std::string ask_packet(const std::vector<std::string>& arguments);
/// Its arguments; an error says what is wrong with the packet.
[[nodiscard]] Result<std::vector<std::string>> read_ask(const Packet& packet);

[[nodiscard]] std::string signal_packet(int number);
/// 0: it is none.
[[nodiscard]] int read_signal(const Packet& packet);

[[nodiscard]] std::string ended_packet(const Exit& exit);
[[nodiscard]] std::string refused_packet(int status, std::string_view text);

/// What a pool answered: how the workload ended, or why there is none.
struct PoolAnswer {
  int status = 0;  ///< For the client to exit with.
  std::string text;
};
[[nodiscard]] Result<PoolAnswer> read_answer(const Packet& packet);

}  // namespace bulkhead::cli
