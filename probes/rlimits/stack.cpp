// A child goes down its stack until the kernel says no.
#include <signal.h>

#include <array>

#include "probes/support/child.h"
#include "probes/support/rlimit.h"
#include "probes/support/try.h"

namespace bulkhead::probes::rlimits_stack {
namespace {

constexpr rlim_t kMost = 16 << 20;
constexpr std::size_t kStep = 64 << 10;

// Not a loop to the compiler: each call needs its frame.
[[gnu::noinline]] std::size_t go_down(std::size_t left) {
  std::array<volatile char, kStep> frame;
  frame.front() = 1;
  frame.back() = 1;
  if (left <= kStep) return 0;
  return go_down(left - kStep) + static_cast<std::size_t>(frame.front());
}

Observation use_stack(rlim_t bytes) {
  const std::string text = std::to_string(bytes >> 10) + " KiB of stack";
  return in_child(
      [&] {
        go_down(bytes);
        return reached(text);
      },
      [&](int signal) {
        return signal == SIGSEGV
                   ? Observation{Outcome::kRefused, 0, signal,
                                 "killed on the way to " + text}
                   : broken("killed by signal " + std::to_string(signal));
      });
}

Observation attempt(Inside& inside) {
  return try_beyond(inside, "stack", kMost,
                    [](rlim_t limit) { return use_stack(limit + kStep); });
}

Observation witness(Inside&) {
  return works_within([] { return use_stack(1 << 20); });
}

const Register kProbe{{
    .id = "rlimits/stack",
    .claim = "No stack grows beyond the limit.",
    .watches = {"rlimits"},
    .references = {"setrlimit(2) RLIMIT_STACK", "CVE-2017-1000364",
                   "OCI process.rlimits", "getrlimit(2)"},
    .remedy = "Set the limit before the workload starts.",
    .attempt = attempt,
    .witness = witness,
    .plant =
        [](Outside& outside) {
          return plant_limit(outside, RLIMIT_STACK, 64 << 20);
        },
    .clean = [](Outside& outside) { restore_limit(outside, RLIMIT_STACK); },
    .as_asked = true,
}};

}  // namespace
}  // namespace bulkhead::probes::rlimits_stack
