// The signals that end a program, held back so that it can clean up first.
#pragma once

#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>

#include "runtime/base/fd.h"

namespace bulkhead::verify {

/// Blocks the signals that end the caller, for its lifetime.
class BlockedSignals {
 public:
  BlockedSignals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, number);
    sigprocmask(SIG_BLOCK, &set, &before_);
    fd_ = Fd(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;
  ~BlockedSignals() {
    // Take what arrived, so that unblocking does not kill the caller before
    // it has told what happened.
    signalfd_siginfo arrived{};
    while (read(fd_.get(), &arrived, sizeof arrived) > 0) {
    }
    restore();
  }
  [[nodiscard]] int fd() const { return fd_.get(); }
  void restore() const { sigprocmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
  Fd fd_;
};

}  // namespace bulkhead::verify
