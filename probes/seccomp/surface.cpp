// Every native number that the spec has no rule to allow, in one sweep.
#include <algorithm>
#include <cerrno>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "probes/support/filter.h"
#include "probes/support/sweep.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::seccomp_surface {
namespace {

/// "0-3,7" as a set; nothing if it is not understood.
std::optional<std::set<long>> numbers_of(const std::string& text) {
  std::set<long> numbers;
  for (const std::string& part : split(text, ',')) {
    const auto ends = split(part, '-');
    const auto first = number(ends.front());
    const auto last = number(ends.back());
    if (!first || !last || *last >= kSweptNumbers) return {};
    for (auto one = *first; one <= *last; ++one) {
      numbers.insert(static_cast<long>(one));
    }
  }
  return numbers;
}

/// Refusals that need not be the filter's.
bool is_permission(const Sounding& one) {
  return one.met == Met::kReturned &&
         (one.value == EPERM || one.value == EACCES);
}

Observation judge(const std::vector<Sounding>& soundings, int sentinel) {
  std::string reached_numbers;
  std::size_t count = 0;
  Observation seen = refused(0);
  for (const Sounding& one : soundings) {
    const Answer answer = classify(one, sentinel);
    if (answer == Answer::kUnknown) {
      return broken("number " + std::to_string(one.number) + " has no answer");
    }
    if (answer == Answer::kReached && !is_permission(one)) {
      reached_numbers += " " + std::to_string(one.number);
      ++count;
    } else if (answer == Answer::kKilled) {
      seen.signal = one.value;
    } else if (answer != Answer::kEnosys) {
      seen.error = one.value;
    }
  }
  const std::string tried =
      " of " + std::to_string(soundings.size()) + " numbers that are denied";
  if (count > 0) {
    return reached(std::to_string(count) + tried +
                   " are let through:" + reached_numbers);
  }
  if (seen.error == 0 && seen.signal == 0) seen.error = ENOSYS;
  seen.evidence = "none" + tried + " is let through";
  return seen;
}

Observation attempt(Inside& inside) {
  const auto allowed = numbers_of(inside.spec("seccomp.allowed"));
  if (!allowed || allowed->empty()) {
    return fact_missing("seccomp.allowed");
  }
  std::vector<long> denied;
  for (long one = 0; one < kSweptNumbers; ++one) {
    const bool skipped = why_not_tried(Entry::kNative, one) != nullptr ||
                         passes_every_filter(Entry::kNative, one);
    if (!skipped && !allowed->contains(one)) denied.push_back(one);
  }
  const int sentinel = static_cast<int>(inside.spec_number("seccomp.errno", 0));
  return judge(sweep(Entry::kNative, denied, sentinel), sentinel);
}

const Register kProbe{{
    .id = "seccomp/surface",
    .claim = "No system call is let through that the spec does not allow.",
    .watches = {"seccomp"},
    .references = {"seccomp(2)", "OCI runtime-spec linux.seccomp"},
    .remedy = "Allow by a list; see `bulkhead verify --syscalls`.",
    .attempt = attempt,
    .witness = [](Inside&) { return ordinary_calls(); },
    .as_asked = true,
}};

}  // namespace
}  // namespace bulkhead::probes::seccomp_surface
