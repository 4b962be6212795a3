#include <fcntl.h>

#include "probes/support/kernel_file.h"

namespace bulkhead::probes::rootfs_proc_kmsg {
namespace {

constexpr const char* kPath = "/proc/kmsg";

const Register kProbe{{
    .id = "rootfs/proc-kmsg",
    .claim = "The kernel's log cannot be read through /proc/kmsg.",
    .watches = {"rootfs", "capabilities", "userns"},
    .references = {"proc_kmsg(5)", "syslog(2)", "capabilities(7) CAP_SYSLOG"},
    .remedy = "Drop CAP_SYSLOG, or mask /proc/kmsg.",
    .attempt =
        [](Inside& inside) {
          // Opened, never read: a read takes the messages from the host.
          return open_kernel_file(inside, kPath, O_RDONLY);
        },
    .witness = [](Inside&) { return read_proc_version(); },
    .plant = [](Outside& outside) { return plant_kernel_file(outside, kPath); },
}};

}  // namespace
}  // namespace bulkhead::probes::rootfs_proc_kmsg
