// Every file below a directory that may be opened for writing.
#pragma once

#include <functional>
#include <string>

#include "probes/probe.h"

namespace bulkhead::probes {

/// Walks `root` on its own file system (at most `most` files; `skip` leaves
/// entries out) and opens every regular file that has a write bit, for
/// writing, without ever writing. Reached if any opened.
[[nodiscard]] Observation scan_writable(
    const std::string& root, int most,
    const std::function<bool(const std::string& path)>& skip = {});

}  // namespace bulkhead::probes
