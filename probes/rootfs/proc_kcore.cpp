#include <fcntl.h>

#include "probes/support/kernel_file.h"

namespace bulkhead::probes::rootfs_proc_kcore {
namespace {

constexpr const char* kPath = "/proc/kcore";

const Register kProbe{{
    .id = "rootfs/proc-kcore",
    .claim = "The kernel's memory cannot be read through /proc/kcore.",
    .watches = {"rootfs", "capabilities", "userns"},
    .references = {"OCI linux.maskedPaths", "proc(5)"},
    .remedy = "Mask /proc/kcore and drop CAP_SYS_RAWIO.",
    .attempt =
        [](Inside& inside) {
          // Opened, never read.
          return open_kernel_file(inside, kPath, O_RDONLY);
        },
    .witness = [](Inside&) { return read_proc_version(); },
    .plant = [](Outside& outside) { return plant_kernel_file(outside, kPath); },
}};

}  // namespace
}  // namespace bulkhead::probes::rootfs_proc_kcore
