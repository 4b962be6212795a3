#include "cli/forwarding.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>

#include "cli/forwarded_signals.h"

namespace bulkhead::cli {

bool is_forwarded(int number) {
  return std::ranges::find(kForwarded, number) != std::end(kForwarded);
}

SignalForwarding::SignalForwarding() {
  sigemptyset(&set_);
  for (const int number : kForwarded) sigaddset(&set_, number);
  sigprocmask(SIG_BLOCK, &set_, nullptr);
  fd_ = Fd(signalfd(-1, &set_, SFD_CLOEXEC | SFD_NONBLOCK));
}

int SignalForwarding::next() const {
  signalfd_siginfo info{};
  if (read(fd_.get(), &info, sizeof info) != sizeof info) return 0;
  return static_cast<int>(info.ssi_signo);
}

Status Delivery::deliver(const Container& container, int number) {
  if (number == SIGINT || number == SIGTERM) {
    if (++requests_ > 1) return container.stop();
  }
  static_cast<void>(container.signal(number));
  return {};
}

}  // namespace bulkhead::cli
