#include <fcntl.h>

#include "probes/support/kernel_file.h"

namespace bulkhead::probes::rootfs_core_pattern {
namespace {

constexpr const char* kPath = "/proc/sys/kernel/core_pattern";

const Register kProbe{{
    .id = "rootfs/core-pattern",
    .claim = "The program that the host runs for core dumps cannot be set.",
    .watches = {"rootfs", "userns"},
    .references = {"CVE-2022-0811", "core(5)", "OCI linux.readonlyPaths"},
    .remedy = "Mount /proc/sys read-only.",
    .attempt =
        [](Inside& inside) {
          // Opened, never written.
          return open_kernel_file(inside, kPath, O_WRONLY);
        },
    .witness = [](Inside&) { return read_proc_version(); },
    .plant = [](Outside& outside) { return plant_kernel_file(outside, kPath); },
}};

}  // namespace
}  // namespace bulkhead::probes::rootfs_core_pattern
