#include <fcntl.h>

#include "probes/support/kernel_file.h"

namespace bulkhead::probes::rootfs_sysrq {
namespace {

constexpr const char* kPath = "/proc/sysrq-trigger";

const Register kProbe{{
    .id = "rootfs/sysrq",
    .claim = "The magic system request key cannot be pressed.",
    .watches = {"rootfs", "userns"},
    .references = {"OCI linux.readonlyPaths", "proc(5)"},
    .remedy = "Mount /proc/sysrq-trigger read-only.",
    .attempt =
        [](Inside& inside) {
          // Opened, never written: a byte would crash the machine.
          return open_kernel_file(inside, kPath, O_WRONLY);
        },
    .witness = [](Inside&) { return read_proc_version(); },
    .plant = [](Outside& outside) { return plant_kernel_file(outside, kPath); },
}};

}  // namespace
}  // namespace bulkhead::probes::rootfs_sysrq
