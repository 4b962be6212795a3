// Small files and directories, whole and by descriptor.
#pragma once

#include <string>
#include <string_view>

#include "runtime/base/fd.h"
#include "runtime/base/result.h"

namespace bulkhead {

/// The contents of `path`, at most `limit` bytes (more is an error).
[[nodiscard]] Result<std::string> read_file(const std::string& path,
                                            std::size_t limit = 1 << 20);

/// The contents of `name` below the directory `directory_fd`.
[[nodiscard]] Result<std::string> read_file_at(int directory_fd,
                                               const std::string& name,
                                               std::size_t limit = 1 << 20);

/// Writes `text` to an existing file in one write(2), as cgroup and procfs
/// files want it.
[[nodiscard]] Status write_file_at(int directory_fd, const std::string& name,
                                   std::string_view text);

/// Makes `path`, or replaces what it holds, with exactly `text`.
[[nodiscard]] Status replace_file(const std::string& path,
                                  std::string_view text);

/// open(2) with O_CLOEXEC added; the error names the path.
[[nodiscard]] Result<Fd> open_at(int directory_fd, const std::string& path,
                                 int flags);

/// `text` without white space at its end.
[[nodiscard]] std::string trimmed(std::string text);

}  // namespace bulkhead
