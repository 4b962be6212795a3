#include "probes/support/rlimit.h"

#include <algorithm>
#include <array>

#include "probes/support/child.h"
#include "probes/support/text.h"

namespace bulkhead::probes {

namespace {

constexpr std::array kResources = {Resource{"as", RLIMIT_AS},
                                   Resource{"core", RLIMIT_CORE},
                                   Resource{"cpu", RLIMIT_CPU},
                                   Resource{"data", RLIMIT_DATA},
                                   Resource{"fsize", RLIMIT_FSIZE},
                                   Resource{"locks", RLIMIT_LOCKS},
                                   Resource{"memlock", RLIMIT_MEMLOCK},
                                   Resource{"msgqueue", RLIMIT_MSGQUEUE},
                                   Resource{"nice", RLIMIT_NICE},
                                   Resource{"nofile", RLIMIT_NOFILE},
                                   Resource{"nproc", RLIMIT_NPROC},
                                   Resource{"rss", RLIMIT_RSS},
                                   Resource{"rtprio", RLIMIT_RTPRIO},
                                   Resource{"rttime", RLIMIT_RTTIME},
                                   Resource{"sigpending", RLIMIT_SIGPENDING},
                                   Resource{"stack", RLIMIT_STACK}};

std::optional<rlim_t> value_of(const std::string& text) {
  if (text == "unlimited") return RLIM_INFINITY;
  return number(text);
}

std::string text_of(rlim_t value) {
  return value == RLIM_INFINITY ? "unlimited" : std::to_string(value);
}

/// Raises the harness's own limits to `least`, or the soft one to the hard one
/// where that may not be raised; what they are now.
std::optional<rlimit> raise(Outside& outside, __rlimit_resource resource,
                            const rlimit& least) {
  rlimit have{};
  if (getrlimit(resource, &have) != 0) return std::nullopt;
  outside.tell("before", limit_text(have));
  const rlimit both{std::max(have.rlim_cur, least.rlim_cur),
                    std::max(have.rlim_max, least.rlim_max)};
  const rlimit soft{std::min(both.rlim_cur, have.rlim_max), have.rlim_max};
  if (setrlimit(resource, &both) != 0) {
    static_cast<void>(setrlimit(resource, &soft));
  }
  if (getrlimit(resource, &have) != 0) return std::nullopt;
  return have;
}

}  // namespace

std::span<const Resource> resources() { return kResources; }

std::optional<rlimit> asked_limit(const Inside& inside,
                                  const std::string& name) {
  const auto parts = split(inside.spec("rlimit." + name), ':');
  if (parts.size() != 2) return std::nullopt;
  const auto soft = value_of(parts[0]);
  const auto hard = value_of(parts[1]);
  if (!soft || !hard) return std::nullopt;
  return rlimit{*soft, *hard};
}

bool plant_limit(Outside& outside, __rlimit_resource resource, rlim_t value) {
  const auto now = raise(outside, resource, {value, value});
  if (now) outside.tell("limit", text_of(now->rlim_cur));
  return now.has_value();
}

bool plant_hard_limit(Outside& outside, __rlimit_resource resource,
                      rlim_t value) {
  const auto now = raise(outside, resource, {0, value});
  if (now) outside.tell("limit", text_of(now->rlim_max));
  return now.has_value();
}

void restore_limit(Outside& outside, __rlimit_resource resource) {
  const auto parts = split(outside.told("before"), ':');
  if (parts.size() != 2) return;
  const auto soft = value_of(parts[0]);
  const auto hard = value_of(parts[1]);
  if (!soft || !hard) return;
  const rlimit before{*soft, *hard};
  static_cast<void>(setrlimit(resource, &before));
}

Observation unless_callers(const Inside& inside, const rlimit& asked,
                           Observation seen) {
  const auto limit = value_of(inside.planted("limit"));
  if (seen.outcome == Outcome::kRefused && limit && *limit <= asked.rlim_cur) {
    return absent("the caller's own limit is no higher: " + text_of(*limit));
  }
  return seen;
}

Observation try_beyond(const Inside& inside, const std::string& name,
                       rlim_t most,
                       const std::function<Observation(rlim_t)>& beyond) {
  const auto asked = asked_limit(inside, name);
  if (!asked || asked->rlim_cur > most) {
    return fact_missing("rlimit." + name, "is missing or too large to try");
  }
  return unless_callers(inside, *asked,
                        in_child([&] { return beyond(asked->rlim_cur); }));
}

Observation works_within(const std::function<Observation()>& within) {
  const Observation seen = in_child(within);
  return seen.outcome == Outcome::kReached ? seen : broken(seen.evidence);
}

std::string limit_text(const rlimit& limit) {
  return text_of(limit.rlim_cur) + ":" + text_of(limit.rlim_max);
}

}  // namespace bulkhead::probes
