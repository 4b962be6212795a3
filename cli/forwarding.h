// Signals to this program are the workload's.
#pragma once

#include <signal.h>

#include "runtime/base/fd.h"
#include "runtime/parent/container.h"

namespace bulkhead::cli {

/// Whether `number` is one of the signals that are handed on.
[[nodiscard]] bool is_forwarded(int number);

/// Blocks the signals that are handed on, and receives them.
class SignalForwarding {
 public:
  SignalForwarding();

  /// Readable when there is one (signalfd(2)).
  [[nodiscard]] int fd() const { return fd_.get(); }
  /// The next one; 0: there is none now.
  [[nodiscard]] int next() const;

 private:
  sigset_t set_;
  Fd fd_;
};

/// Hands signals to one workload. A pid 1 ignores what it has no handler for:
/// the second request to end it is a SIGKILL.
class Delivery {
 public:
  /// Container::stop() where it was the second; an error: it cannot be ended.
  [[nodiscard]] Status deliver(const Container& container, int number);

 private:
  int requests_ = 0;
};

}  // namespace bulkhead::cli
