// What a careless caller gives a container as its standard input.
#pragma once

#include <string>

#include "probes/probe.h"

namespace bulkhead::probes {

/// Has the harness start the container with `path`, open for reading, as its
/// standard input; the probe needs a container of its own.
void give_as_stdin(Outside& outside, const std::string& path);

/// The path that the probe `id` gives; empty: none. For the harness.
[[nodiscard]] std::string given_stdin(const Facts& facts,
                                      const std::string& id);

}  // namespace bulkhead::probes
