// The crash box's own /dev.
#pragma once

#include <sys/types.h>

#include <array>
#include <string>

#include "runtime/base/result.h"

namespace bulkhead::verify {

/// A node that every /dev has.
struct BoxDevice {
  const char* name;
  unsigned major;
  unsigned minor;
};
inline constexpr std::array kBoxDevices = {
    BoxDevice{"null", 1, 3},    BoxDevice{"zero", 1, 5},
    BoxDevice{"full", 1, 7},    BoxDevice{"random", 1, 8},
    BoxDevice{"urandom", 1, 9}, BoxDevice{"tty", 5, 0}};

/// Mounts a new `type` on `target`.
[[nodiscard]] Status mount_new(const char* type, const std::string& target,
                               unsigned long flags, const char* data = nullptr);
/// Makes the directory `path` unless it is there.
[[nodiscard]] Status make_directory(const std::string& path,
                                    mode_t mode = 0755);
/// Fills the empty /dev: nodes (and `canary`, a null device) if `make_nodes`,
/// links, pts, shm and mqueue.
[[nodiscard]] Status fill_dev(bool make_nodes, const std::string& canary);

}  // namespace bulkhead::verify
