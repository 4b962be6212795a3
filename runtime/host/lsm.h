// Which security modules are active, found without securityfs, which is often
// not mounted where containers are started.
#pragma once

#include <string>

namespace bulkhead {

/// Their names, comma-separated; "" when nobody says.
[[nodiscard]] std::string active_modules();

/// Whether SELinux is: only then its file system is there to be mounted.
[[nodiscard]] bool selinux_active();

}  // namespace bulkhead
