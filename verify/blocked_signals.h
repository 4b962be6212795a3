// The signals that end a program, held back so that it can clean up first.
#pragma once

#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "runtime/base/fd.h"

namespace bulkhead::verify {

/// Blocks the signals that end the caller, for its lifetime.
class BlockedSignals {
 public:
  BlockedSignals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : kEnding) sigaddset(&set, number);
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
    sigprocmask(SIG_SETMASK, &before_, nullptr);
  }
  [[nodiscard]] int fd() const { return fd_.get(); }
  /// In a child: what was blocked before, but none of these.
  void release() const {
    sigset_t mask = before_;
    for (const int number : kEnding) sigdelset(&mask, number);
    sigprocmask(SIG_SETMASK, &mask, nullptr);
  }

 private:
  static constexpr std::array kEnding = {SIGINT, SIGTERM, SIGHUP};

  sigset_t before_{};
  Fd fd_;
};

}  // namespace bulkhead::verify
