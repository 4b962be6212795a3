// With -1 for every argument, in a child with an alarm. Numbers that this
// kernel does not have say nothing; a filter that lists what it denies lets the
// others through.
#include <algorithm>
#include <array>

#include "probes/support/child.h"
#include "probes/support/filter.h"
#include "probes/support/ordinary.h"
#include "probes/support/try.h"

namespace bulkhead::probes::seccomp_newer_numbers {
namespace {

// Since 5.10; the last ones that are harmless to everybody, and are thus on
// lists of what is allowed, are left out.
constexpr long kFirst = 440, kLast = 600;
constexpr std::array kOrdinary = {441L, 448L, 449L, 451L, 452L, 453L, 454L,
                                  455L, 456L, 459L, 460L, 461L, 462L, 463L,
                                  464L, 465L, 466L, 468L, 469L};
// Landlock and memfd_secret confine the caller.
constexpr long kLandlockFirst = 444, kMemfdSecret = 447;

bool left_out(long number) {
  return (number >= kLandlockFirst && number <= kMemfdSecret) ||
         std::ranges::find(kOrdinary, number) != kOrdinary.end();
}

Observation sweep() {
  alarm(2);
  Tally tally;
  for (long number = kFirst; number <= kLast; ++number) {
    if (left_out(number)) continue;
    const Called made = call(number, -1L, -1L, -1L, -1L, -1L, -1L);
    const std::string name = "call " + std::to_string(number);
    if (made.error == ENOSYS && !filtered()) {
      tally.add(name, absent(name));
    } else if (made.error == EINVAL || made.error == EBADF ||
               made.error == EFAULT || made.ok()) {
      tally.add(name, reached(name + ": " + errno_name(made.error)));
    } else {
      tally.add(name, refused(made.error, name));
    }
  }
  return tally.result();
}

Observation attempt(Inside&) { return in_child(sweep); }

const Register kProbe{{
    .id = "seccomp/newer-numbers",
    .claim = "Calls newer than the filter are not let through.",
    .watches = {"seccomp"},
    .references = {"seccomp(2)", "syscalls(2)"},
    .remedy =
        "Use a list of what is allowed; answer unknown numbers with ENOSYS.",
    .attempt = attempt,
    .witness = [](Inside&) { return spawning_works(); },
}};

}  // namespace
}  // namespace bulkhead::probes::seccomp_newer_numbers
