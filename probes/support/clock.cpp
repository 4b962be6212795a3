#include "probes/support/clock.h"

#include <cstdlib>
#include <string>

#include "probes/support/text.h"

namespace bulkhead::probes {

namespace {

// A run may take this long between plant and attempt.
constexpr long kLongestRun = 600;

long seconds_of(clockid_t clock) {
  timespec time{};
  return clock_gettime(clock, &time) == 0 ? time.tv_sec : -1;
}

}  // namespace

bool plant_clock(Outside& outside, clockid_t clock) {
  outside.tell("seconds", std::to_string(seconds_of(clock)));
  return seconds_of(clock) >= 0;
}

Observation shifted(Inside& inside, clockid_t clock, const char* offset) {
  return compare_seconds(inside, seconds_of(clock), offset);
}

Observation compare_seconds(Inside& inside, long seconds, const char* offset) {
  const auto outer = number(inside.planted("seconds"));
  const long asked = inside.spec_number(offset, 0);
  if (!outer) return broken("no planted clock");
  if (std::labs(asked) < 2 * kLongestRun) {
    return fact_missing(offset, "is too small to see");
  }
  if (link_target("/proc/self/ns/time").empty()) {
    return absent("this kernel has no time namespaces");
  }
  const long ahead = seconds - static_cast<long>(*outer);
  if (ahead >= 0 && ahead < kLongestRun) {
    return reached("the host's clock, " + std::to_string(ahead) + " s later");
  }
  const long error = ahead - asked;
  if (error >= 0 && error < kLongestRun) {
    return refused(0, "ahead of the host's by " + std::to_string(ahead) + " s");
  }
  return broken("neither the host's clock nor the spec's: ahead by " +
                std::to_string(ahead) + " s");
}

Observation goes(clockid_t clock) {
  timespec first{};
  timespec second{};
  if (clock_gettime(clock, &first) != 0 || clock_gettime(clock, &second) != 0) {
    return broken("clock_gettime fails");
  }
  const bool forward =
      second.tv_sec > first.tv_sec ||
      (second.tv_sec == first.tv_sec && second.tv_nsec >= first.tv_nsec);
  return forward ? works(std::to_string(second.tv_sec) + " s")
                 : broken("the clock goes backwards");
}

}  // namespace bulkhead::probes
