// Resource limits by name, as facts carry them.
#pragma once

#include <sys/resource.h>

#include <functional>
#include <optional>
#include <span>
#include <string>

#include "probes/probe.h"

namespace bulkhead::probes {

struct Resource {
  const char* name;
  __rlimit_resource number;
};

/// All that getrlimit(2) lists.
[[nodiscard]] std::span<const Resource> resources();

/// The fact "rlimit.NAME"; nothing if it is not set or not understood.
[[nodiscard]] std::optional<rlimit> asked_limit(const Inside& inside,
                                                const std::string& name);

/// A careless caller: raises the harness's own soft limit, and the hard one if
/// need be, to `value` at least, as far as it may; tells "limit", what it came
/// to. Never fails: what could not be raised makes the attempt say absent.
[[nodiscard]] bool plant_limit(Outside& outside, __rlimit_resource resource,
                               rlim_t value);
/// Alike, but only the hard limit is raised, and told: for what must not begin
/// to happen outside.
[[nodiscard]] bool plant_hard_limit(Outside& outside,
                                    __rlimit_resource resource, rlim_t value);
void restore_limit(Outside& outside, __rlimit_resource resource);

/// `seen`, or absent where it was refused and the caller's limit, as planted,
/// is no higher than what the spec asks for: then no control can be.
[[nodiscard]] Observation unless_callers(const Inside& inside,
                                         const rlimit& asked, Observation seen);

/// Tries `beyond` in a child, given the soft limit that the spec asks for, if
/// that is `most` or less; absent where unless_callers() says so.
[[nodiscard]] Observation try_beyond(
    const Inside& inside, const std::string& name, rlim_t most,
    const std::function<Observation(rlim_t limit)>& beyond);

/// The permitted twin: `within`, in a child, gets through.
[[nodiscard]] Observation works_within(
    const std::function<Observation()>& within);

/// "1024:4096".
[[nodiscard]] std::string limit_text(const rlimit& limit);

}  // namespace bulkhead::probes
