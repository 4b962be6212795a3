// What a container has unless its spec says otherwise, shared by the presets
// and the OCI parser.
#pragma once

#include <string>
#include <vector>

#include "runtime/spec/spec.h"

namespace bulkhead {

/// The six nodes that every OCI runtime puts into /dev (config-linux.md,
/// "Default Devices"; ptmx and console are links and binds).
[[nodiscard]] std::vector<DeviceNode> default_devices();

/// What may always be opened: the six, ptmx and the ptys behind it.
[[nodiscard]] std::vector<DeviceRule> default_device_rules();

/// /proc and /sys places that docker and podman hide by default.
[[nodiscard]] std::vector<std::string> default_masked_paths();
/// The places for every processor that docker hides where they exist, since
/// what is counted there tells of the neighbours (GHSA-6fw5-f8r9-fgfm). Looks
/// below `root`, "" but in tests.
[[nodiscard]] std::vector<std::string> thermal_throttle_paths(
    const std::string& root = {});
/// …and those that they make read-only.
[[nodiscard]] std::vector<std::string> default_readonly_paths();

}  // namespace bulkhead
