// What a path inside a container must look like.
#pragma once

#include <string>
#include <string_view>

namespace bulkhead {

/// Whether a component of `path` is "..".
[[nodiscard]] bool has_dot_dot(std::string_view path);

/// `path` without doubled, trailing and "." components: "/dev//./shm/" is
/// "/dev/shm". ".." is kept.
[[nodiscard]] std::string clean_path(std::string_view path);

/// Whether `path` is `directory` or lies below it, both cleaned.
[[nodiscard]] bool is_under(std::string_view path, std::string_view directory);

/// Why `path` cannot name a place inside a container; empty if it can: it has
/// to be absolute, without "..", without NUL, shorter than PATH_MAX.
[[nodiscard]] std::string container_path_problem(std::string_view path);

}  // namespace bulkhead
