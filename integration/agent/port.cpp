#include "integration/agent/port.h"

#include <sys/reboot.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>

namespace bulkhead::agent {

void power_off(std::string_view why) {
  std::fprintf(stderr, "agent: %.*s: the machine ends\n",
               static_cast<int>(why.size()), why.data());
  sync();
  // Restart, not power off: -no-reboot makes that the end of QEMU, also where
  // ACPI has been switched off.
  reboot(RB_AUTOBOOT);
  for (;;) pause();
}

void Port::send(Type type, std::string_view payload) {
  const std::string frame = encode(type, payload);
  std::string_view rest = frame;
  while (!rest.empty()) {
    const ssize_t count = write(fd_, rest.data(), rest.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) power_off("the port cannot be written");
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
}

void Port::send_all(Type type, std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t size = std::min(bytes.size(), kMostPayloadBytes);
    send(type, bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
}

void Port::read_once() {
  static std::array<char, 64 * 1024> buffer;
  const ssize_t count = read(fd_, buffer.data(), buffer.size());
  if (count < 0 && errno == EINTR) return;
  if (count <= 0) power_off("the host has gone");
  parser_.feed({buffer.data(), static_cast<std::size_t>(count)});
}

std::optional<Frame> Port::poll_frame(bool readable) {
  if (auto frame = parser_.next()) return frame;
  if (readable) read_once();
  auto frame = parser_.next();
  if (!parser_.error().empty()) {
    send(Type::kError, parser_.error());
    power_off(parser_.error());
  }
  return frame;
}

Frame Port::receive() {
  for (;;) {
    if (auto frame = poll_frame(false)) return *frame;
    if (auto frame = poll_frame(true)) return *frame;
  }
}

}  // namespace bulkhead::agent
