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
/// …and those that they make read-only.
[[nodiscard]] std::vector<std::string> default_readonly_paths();

}  // namespace bulkhead
