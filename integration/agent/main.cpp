// /init of a machine: makes it ready, says so, then does what the host asks.
#include <fcntl.h>
#include <linux/random.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <ctime>

#include "integration/agent/boot.h"
#include "integration/agent/clock.h"
#include "integration/agent/command.h"
#include "integration/agent/files.h"
#include "integration/agent/port.h"
#include "integration/agent/root.h"

namespace bulkhead::agent {
namespace {

constexpr const char* kPort = "/dev/vport0p1";

/// Machines restored from one state would all have the same clock and draw
/// the same random numbers: the host gives each its own.
void wake(Port& port, std::string_view payload) {
  constexpr std::size_t kMostEntropy = 64;
  constexpr std::uint64_t kNsPerS = 1'000'000'000;
  const auto fields = split_fields(payload);
  const auto now =
      fields && fields->size() == 2 ? number((*fields)[0]) : std::nullopt;
  if (!now || (*fields)[1].size() > kMostEntropy) {
    return port.send(Type::kError, "wake: malformed");
  }
  const timespec time{static_cast<time_t>(*now / kNsPerS),
                      static_cast<long>(*now % kNsPerS)};
  struct {
    int bits;
    int bytes;
    char data[kMostEntropy];
  } entropy{};
  entropy.bytes = static_cast<int>((*fields)[1].size());
  entropy.bits = entropy.bytes * 8;
  std::memcpy(entropy.data, (*fields)[1].data(), (*fields)[1].size());
  const int fd = open("/dev/urandom", O_WRONLY | O_CLOEXEC);
  const bool good = fd >= 0 && ioctl(fd, RNDADDENTROPY, &entropy) == 0 &&
                    ioctl(fd, RNDRESEEDCRNG) == 0 &&
                    clock_settime(CLOCK_REALTIME, &time) == 0;
  const std::string error = good ? "" : std::strerror(errno);
  if (fd >= 0) close(fd);
  port.send(good ? Type::kEnd : Type::kError, error);
}

void answer(Port& port, const Frame& frame) {
  switch (frame.type) {
    case Type::kPing:
      return port.send(Type::kPong, frame.payload);
    case Type::kRun:
      if (const auto command = parse_command(frame.payload)) {
        return run(port, *command);
      }
      return port.send(Type::kError, "run: malformed");
    case Type::kPush:
      return push(port, frame.payload);
    case Type::kPull:
      return pull(port, frame.payload);
    case Type::kWake:
      return wake(port, frame.payload);
    case Type::kStop:
      return;  // too late: the command has ended
    default:
      return port.send(Type::kError,
                       "no request has the number " +
                           std::to_string(static_cast<unsigned>(frame.type)));
  }
}

[[noreturn]] void serve() {
  mount_basics();
  load_modules();
  wait_for_device(kPort);
  enter_root();
  std::vector<std::string> words = furnish();
  const int fd = open(kPort, O_RDWR | O_CLOEXEC);
  if (fd < 0) power_off("no port to the host");
  utsname name{};
  uname(&name);
  words.push_back(std::string("release=") + name.release);
  for (std::string& word : clocks()) words.push_back(std::move(word));
  Port port(fd);
  port.send(Type::kReady, join_fields(words));
  for (;;) answer(port, port.receive());
}

}  // namespace
}  // namespace bulkhead::agent

int main() {
  if (getpid() != 1) {
    std::fprintf(stderr,
                 "bulkhead-agent is /init of a virtual machine, "
                 "not a program to start\n");
    return 2;
  }
  bulkhead::agent::serve();
}
