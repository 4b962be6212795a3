#include "runtime/launcher/bell.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace bulkhead {
namespace {

/// Whether it had rung and nobody had heard it; now somebody has.
bool heard(const Fd& fd) {
  std::uint64_t rings = 0;
  return fd && read(fd.get(), &rings, sizeof rings) == sizeof rings;
}

}  // namespace

Result<Bell> Bell::make() {
  Fd event(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!event) return fail("eventfd", errno);
  return Bell(std::move(event),
              Fd(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)));
}

void Bell::ring() {
  constexpr std::uint64_t kOne = 1;
  constexpr long kAtOnce = 1;  // 0 would disarm it.
  if (write(event_.get(), &kOne, sizeof kOne) == sizeof kOne) return;
  static_cast<void>(ring_in(kAtOnce));  // Somebody made write(2) fail.
}

void Bell::ring_soon() {
  // Longer than a ready child takes to its first instruction, shorter than a
  // child takes to be made.
  constexpr long kSoon = 1'000'000;
  if (!set_ && !ring_in(kSoon)) ring();
}

bool Bell::ring_in(long nanoseconds) {
  const itimerspec when{{}, {0, nanoseconds}};
  set_ = timer_ && timerfd_settime(timer_.get(), 0, &when, nullptr) == 0;
  return set_;
}

void Bell::wait(std::unique_lock<std::mutex>& lock) {
  lock.unlock();
  for (;;) {
    pollfd polls[] = {{event_.get(), POLLIN, 0},
                      {timer_ ? timer_.get() : -1, POLLIN, 0}};
    if (poll(polls, 2, -1) < 0 && errno != EINTR) break;
    const bool event = heard(event_);
    // The first of several who woke hears it.
    if (heard(timer_) || event) break;
  }
  lock.lock();
  set_ = false;
}

}  // namespace bulkhead
