#include "runtime/launcher/bell.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace bulkhead {

Result<Bell> Bell::make() {
  Fd timer(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC));
  if (!timer) return fail("timerfd_create", errno);
  return Bell(std::move(timer));
}

void Bell::ring() {
  constexpr long kAtOnce = 1;  // 0 would disarm it.
  ring_in(kAtOnce);
}

void Bell::ring_soon() {
  // Longer than a ready child takes to its first instruction, shorter than a
  // child takes to be made.
  constexpr long kSoon = 1'000'000;
  if (!set_) ring_in(kSoon);
}

void Bell::ring_in(long nanoseconds) {
  const itimerspec when{{}, {0, nanoseconds}};
  timerfd_settime(timer_.get(), 0, &when, nullptr);
  set_ = true;
}

void Bell::wait(std::unique_lock<std::mutex>& lock) {
  lock.unlock();
  std::uint64_t rings = 0;
  while (read(timer_.get(), &rings, sizeof rings) < 0 && errno == EINTR) {
  }
  lock.lock();
  set_ = false;
}

}  // namespace bulkhead
