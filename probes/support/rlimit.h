// Resource limits by name, as facts carry them.
#pragma once

#include <sys/resource.h>

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

/// "1024:4096".
[[nodiscard]] std::string limit_text(const rlimit& limit);

}  // namespace bulkhead::probes
