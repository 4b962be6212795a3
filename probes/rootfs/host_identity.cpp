// What tells this host from all others, in files that images do not have. Only
// a digest of it is told to the inside half.
#include <array>
#include <functional>

#include "probes/support/kernel_file.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::rootfs_host_identity {
namespace {

constexpr std::array kFiles = {"/etc/machine-id", "/var/lib/dbus/machine-id",
                               "/sys/class/dmi/id/product_uuid",
                               "/sys/class/dmi/id/product_serial",
                               "/sys/class/dmi/id/board_serial"};

// Empty if the file is empty or cannot be read.
std::string digest(const std::string& path) {
  const std::string content = slurp(path, 256).value_or("");
  return content.empty() ? content
                         : std::to_string(std::hash<std::string>{}(content));
}

Observation attempt(Inside& inside) {
  Tally tally;
  for (const char* path : kFiles) {
    const std::string outer = inside.planted(path);
    if (outer.empty()) {
      tally.add(path, absent("the host has none"));
    } else if (digest(path) == outer) {
      tally.add(path, reached("the host's"));
    } else {
      tally.add(path, refused(ENOENT));
    }
  }
  return tally.result();
}

bool plant(Outside& outside) {
  for (const char* path : kFiles) outside.tell(path, digest(path));
  return true;
}

const Register kProbe{{
    .id = "rootfs/host-identity",
    .claim = "The host's machine id and serial numbers are not shown.",
    .watches = {"rootfs", "userns"},
    .references = {"machine-id(5)", "NIST SP 800-190 4.4.4"},
    .remedy = "Keep the host's /etc out; ask for a new user namespace, which "
              "may not read serial numbers.",
    .attempt = attempt,
    .witness = [](Inside&) { return read_proc_version(); },
    .plant = plant,
}};

}  // namespace
}  // namespace bulkhead::probes::rootfs_host_identity
