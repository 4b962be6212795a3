// Device nodes that a hostile image carries: opened, never read. ENXIO means
// that the driver was asked.
#include <fcntl.h>
#include <sys/stat.h>

#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::devices_open_refused {
namespace {

Observation attempt(Inside& inside) {
  Tally tally;
  for (const char* node : {"loop", "kmsg", "mem"}) {
    const std::string path = inside.spec("root") + "/fixtures/nodes/" + node;
    // Not access(2): the device cgroup refuses even that question.
    struct stat status {};
    if (lstat(path.c_str(), &status) != 0) return broken("no fixture " + path);
    const Called opened =
        called(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    if (opened.ok()) close(static_cast<int>(opened.value));
    tally.add(node, observe(opened, {ENXIO, ENODEV}, "open"));
  }
  return tally.result();
}

Observation witness(Inside&) {
  const Called opened = called(open("/dev/null", O_RDWR | O_CLOEXEC));
  if (opened.ok()) close(static_cast<int>(opened.value));
  return opened.ok() ? works("/dev/null opens")
                     : broken("/dev/null: " + errno_name(opened.error));
}

const Register kProbe{{
    .id = "devices/open-refused",
    .claim = "Devices that are not listed cannot be opened, whoever made the "
             "node.",
    .watches = {"devices"},
    .references = {"OCI linux.resources.devices", "CIS Docker 5.17",
                   "cgroup-v1 devices"},
    .remedy = "Deny all devices in the cgroup but the listed ones; mount the "
              "root nodev.",
    .attempt = attempt,
    .witness = witness,
}};

}  // namespace
}  // namespace bulkhead::probes::devices_open_refused
