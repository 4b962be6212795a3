// The agent's end of the wire.
#pragma once

#include <optional>
#include <string_view>

#include "integration/agent/frame.h"

namespace bulkhead::agent {

/// The virtio-serial port, opened; blocks while the host does not read.
class Port {
 public:
  /// `fd` stays the caller's.
  explicit Port(int fd) : fd_(fd) {}

  [[nodiscard]] int fd() const { return fd_; }
  void send(Type type, std::string_view payload);
  /// Cuts `bytes` into frames that are not too long.
  void send_all(Type type, std::string_view bytes);
  /// Waits for the next frame. A host that is gone or talks garbage ends the
  /// machine: nobody is left to answer.
  [[nodiscard]] Frame receive();
  /// A frame that is here already; reads once when `readable`.
  [[nodiscard]] std::optional<Frame> poll_frame(bool readable);

 private:
  void read_once();

  int fd_;
  Parser parser_;
};

/// Says why on the console and ends the machine.
[[noreturn]] void power_off(std::string_view why);

}  // namespace bulkhead::agent
