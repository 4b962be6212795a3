// A null device as an image may carry it: harmless, and allowed by every
// device list, so that only nodev keeps it shut.
#include <fcntl.h>
#include <sys/stat.h>

#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::rootfs_nodev {
namespace {

Observation attempt(Inside& inside) {
  const std::string node = inside.spec("root") + "/fixtures/nodes/null";
  // Not access(2): a device cgroup may refuse even that question.
  struct stat status {};
  if (lstat(node.c_str(), &status) != 0) return broken("no fixture " + node);
  const Called opened = called(open(node.c_str(), O_RDONLY | O_CLOEXEC));
  if (opened.ok()) close(static_cast<int>(opened.value));
  return observe(opened, {}, "open " + node);
}

Observation witness(Inside&) {
  const Called opened = called(open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (opened.ok()) close(static_cast<int>(opened.value));
  return opened.ok() ? works("/dev/null opens")
                     : broken("/dev/null: " + errno_name(opened.error));
}

const Register kProbe{{
    .id = "rootfs/nodev",
    .claim = "Device nodes that an image brings along do not open.",
    .watches = {"rootfs"},
    .references = {"mount(8) nodev", "CVE-2014-5207", "CIS Docker 5.17"},
    .remedy = "Mount the root nodev.",
    .attempt = attempt,
    .witness = witness,
}};

}  // namespace
}  // namespace bulkhead::probes::rootfs_nodev
