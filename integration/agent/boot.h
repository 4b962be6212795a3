// From the kernel's first process to a machine that takes commands.
#pragma once

#include <string>
#include <vector>

namespace bulkhead::agent {

/// What the kernel command line asks for (bulkhead.NAME=VALUE), or
/// `otherwise`.
[[nodiscard]] std::string parameter(const std::string& name,
                                    const std::string& otherwise);

/// Mounts what everything else needs: /dev, /proc, /sys.
void mount_basics();

/// Loads the modules that /modules/order lists, in that order.
void load_modules();

/// Waits until the kernel has made the device node `path`.
void wait_for_device(const std::string& path);

/// Mounts what programs expect, brings the loopback up, names the machine.
/// Returns what a person may want to know about it, as name=value words.
[[nodiscard]] std::vector<std::string> furnish();

/// Mounts `type` on `target`, which is made when missing; says so on the
/// console when that fails.
bool mount_on(const char* type, const std::string& target,
              unsigned long flags = 0, const char* options = "",
              const char* source = nullptr);

}  // namespace bulkhead::agent
