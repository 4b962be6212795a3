#include "probes/support/memory.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>

#include "probes/support/child.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes {

namespace {

constexpr unsigned long long kMebibyte = 1ULL << 20;
constexpr unsigned long long kBeyond = 32 * kMebibyte;
constexpr unsigned long long kMostBytes = 512 * kMebibyte;

// Raising it needs no privilege; without a writable /proc the largest process
// is chosen, and that is the child too.
void be_first_choice() {
  const int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  static_cast<void>(!write(fd, "1000", 4));
  close(fd);
}

Observation use_in_child(UseMemory use, unsigned long long bytes) {
  const std::string amount = std::to_string(bytes / kMebibyte) + " MiB";
  return in_child(
      [=] {
        be_first_choice();
        const int error = use(bytes);
        return error == 0 ? reached(amount + " used")
                          : refused(error, amount + " refused with " +
                                               errno_name(error));
      },
      [=](int signal) {
        if (signal != SIGKILL && signal != SIGBUS) {
          return broken("killed by signal " + std::to_string(signal));
        }
        return Observation{Outcome::kRefused, 0, signal,
                           "killed by signal " + std::to_string(signal) +
                               " on the way to " + amount};
      });
}

}  // namespace

int write_zeros(int fd, unsigned long long bytes) {
  static const std::array<char, 65536> kBlock{};
  for (unsigned long long wrote = 0; wrote < bytes;) {
    const ssize_t some = write(fd, kBlock.data(), kBlock.size());
    if (some <= 0) return errno;
    wrote += static_cast<unsigned long long>(some);
  }
  return 0;
}

Observation exceed_memory(Inside& inside, UseMemory use) {
  const auto limit = number(inside.spec("memory.max"));
  if (!limit) return fact_missing("memory.max");
  if (*limit > kMostBytes) return broken("memory.max is too large to try");
  return use_in_child(use, *limit + kBeyond);
}

Observation use_some_memory(UseMemory use) {
  Observation seen = use_in_child(use, kMebibyte);
  if (seen.outcome != Outcome::kReached) seen.outcome = Outcome::kBroken;
  return seen;
}

}  // namespace bulkhead::probes
