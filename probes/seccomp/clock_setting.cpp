// A clock that there is not and a time at a bad address: no clock is ever set.
#include "probes/support/filter.h"
#include "probes/support/ordinary.h"
#include "probes/support/try.h"

namespace bulkhead::probes::seccomp_clock_setting {
namespace {

constexpr int kNoClock = 99;

Observation attempt(Inside&) {
  return observe_rows(
      {{"clock_settime",
        [] { return call(SYS_clock_settime, kNoClock, kBadPointer); },
        {EINVAL}},
       {"clock_adjtime",
        [] { return call(SYS_clock_adjtime, kNoClock, kBadPointer); },
        {EINVAL, EFAULT}},
       {"settimeofday",
        [] { return call(SYS_settimeofday, kBadPointer, 0L); },
        {EFAULT}}});
}

const Register kProbe{{
    .id = "seccomp/clock-setting",
    .claim = "The calls that set a clock are not let through.",
    .watches = {"seccomp"},
    .references = {"clock_settime(2)", "settimeofday(2)"},
    .remedy = "Deny the calls that set clocks.",
    .attempt = attempt,
    .witness = [](Inside&) { return timers_work(); },
}};

}  // namespace
}  // namespace bulkhead::probes::seccomp_clock_setting
