// Nodes of drivers that reach far into the kernel, as a hostile image carries
// them. Only drivers that the kernel has are asked for: no module is loaded.
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>

#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::devices_drivers_refused {
namespace {

struct Driver {
  const char* node;
  const char* listed;  // As /proc/misc lists it.
};
constexpr std::array kDrivers = {Driver{"tun", "tun"}, Driver{"fuse", "fuse"},
                                 Driver{"loop-control", "loop-control"},
                                 Driver{"kvm", "kvm"}};

Observation look(Inside& inside, const Driver& driver) {
  if (inside.planted(driver.node) != "yes") return absent(driver.node);
  const std::string path =
      inside.spec("root") + "/fixtures/nodes/" + driver.node;
  // Not access(2): the device cgroup refuses even that question.
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0) return broken("no fixture " + path);
  const Called opened =
      called(open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (opened.ok()) close(static_cast<int>(opened.value));
  return observe(opened, {ENXIO, ENODEV}, "open");
}

Observation attempt(Inside& inside) {
  const auto loaded = [&](const Driver& driver) {
    return inside.planted(driver.node) == "yes";
  };
  if (std::ranges::none_of(kDrivers, loaded)) {
    return absent("/proc/misc lists none of tun, fuse, loop-control and kvm");
  }
  Tally tally;
  for (const Driver& driver : kDrivers) {
    tally.add(driver.node, look(inside, driver));
  }
  return tally.result();
}

Observation witness(Inside&) {
  const Called opened = called(open("/dev/zero", O_RDONLY | O_CLOEXEC));
  if (opened.ok()) close(static_cast<int>(opened.value));
  return opened.ok() ? works("/dev/zero opens")
                     : broken("/dev/zero: " + errno_name(opened.error));
}

// "234 btrfs-control" lines.
bool plant(Outside& outside) {
  const auto lines = split(slurp("/proc/misc").value_or(""), '\n');
  for (const Driver& driver : kDrivers) {
    for (const std::string& line : lines) {
      if (line.ends_with(std::string(" ") + driver.listed)) {
        outside.tell(driver.node, "yes");
      }
    }
  }
  return true;
}

const Register kProbe{{
    .id = "devices/drivers-refused",
    .claim = "Drivers of networks, file systems and virtual machines cannot "
             "be opened.",
    .watches = {"devices", "landlock"},
    .references = {"OCI linux.resources.devices", "CIS Docker 5.17",
                   "cgroup-v1 devices"},
    .remedy = "Deny all devices in the cgroup but the listed ones; mount the "
              "root nodev.",
    .attempt = attempt,
    .witness = witness,
    .plant = plant,
}};

}  // namespace
}  // namespace bulkhead::probes::devices_drivers_refused
