// Which kind of file system is mounted where.
#pragma once

#include <string>

namespace bulkhead::probes {

/// Whether a file system of this kind (statfs(2), f_type) is at `path`.
[[nodiscard]] bool is_on(const std::string& path, long kind);

/// Whether `path` is on another file system than the directory that holds it.
[[nodiscard]] bool is_mount_point(const std::string& path);

}  // namespace bulkhead::probes
