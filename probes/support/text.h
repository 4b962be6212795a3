// Small files and small strings.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "probes/probe.h"

namespace bulkhead::probes {

/// The first `most` bytes of a file; nothing (errno set) if it cannot be read.
[[nodiscard]] std::optional<std::string> slurp(const std::string& path,
                                               std::size_t most = 1 << 20);

/// Creates or replaces a file with exactly `mode`, whatever the umask.
[[nodiscard]] bool spill(const std::string& path, const std::string& content,
                         unsigned mode);

/// Parts between separators; empty parts are left out.
[[nodiscard]] std::vector<std::string> split(std::string_view text,
                                             char separator);

/// The target of a symbolic link, or empty.
[[nodiscard]] std::string link_target(const std::string& path);

/// `text` with spaces up to `width` characters.
[[nodiscard]] std::string padded(std::string text, std::size_t width);

/// "../" 64 times: as far up as any path goes.
[[nodiscard]] std::string far_up();

/// The fact "scratch", or /tmp.
[[nodiscard]] std::string scratch(const Inside& inside);

/// Base 10, 8 or 16; nothing if `text` is not wholly a number.
[[nodiscard]] std::optional<unsigned long long> number(const std::string& text,
                                                       int base = 10);

/// One line of /proc/self/mountinfo (proc_pid_mountinfo(5)).
struct MountLine {
  std::string root, mount_point, options, optional_fields, type, source;
};

/// The whole table; empty if /proc/self/mountinfo cannot be read.
[[nodiscard]] std::vector<MountLine> mount_table();

}  // namespace bulkhead::probes
