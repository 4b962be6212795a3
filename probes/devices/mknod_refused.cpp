// Making device nodes; they are removed at once and never opened.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::devices_mknod_refused {
namespace {

struct Node {
  const char* what;
  mode_t type;
  unsigned major;
  unsigned minor;
};
constexpr Node kNodes[] = {{"mknod loop (b 7:0)", S_IFBLK, 7, 0},
                           {"mknod mem (c 1:1)", S_IFCHR, 1, 1},
                           {"mknod fuse (c 10:229)", S_IFCHR, 10, 229}};

Observation attempt(Inside& inside) {
  const std::string path = scratch(inside) + "/node-" + inside.nonce();
  Tally tally;
  for (const Node& node : kNodes) {
    const Called made = call(SYS_mknodat, AT_FDCWD, path.c_str(),
                             node.type | 0600, makedev(node.major, node.minor));
    if (made.ok()) unlink(path.c_str());
    tally.add(node.what, observe(made, {}, "mknod"));
  }
  return tally.result();
}

Observation witness(Inside& inside) {
  const std::string path = scratch(inside) + "/fifo-" + inside.nonce();
  const Called made =
      call(SYS_mknodat, AT_FDCWD, path.c_str(), S_IFIFO | 0600, 0UL);
  unlink(path.c_str());
  return made.ok() ? works("a fifo was made")
                   : broken("mknod fifo: " + errno_name(made.error));
}

const Register kProbe{{
    .id = "devices/mknod-refused",
    .claim = "No device node can be made.",
    .watches = {"devices", "capabilities", "userns", "seccomp"},
    .references = {"mknod(2)", "capabilities(7) CAP_MKNOD", "CIS Docker 5.3"},
    .remedy = "Drop CAP_MKNOD; deny m in the device list.",
    .attempt = attempt,
    .witness = witness,
}};

}  // namespace
}  // namespace bulkhead::probes::devices_mknod_refused
