// Files that name a program which the kernel runs on the host, as root, or
// with which powers it runs it. Opened, never written.
#include <fcntl.h>
#include <unistd.h>

#include "probes/support/kernel_file.h"

namespace bulkhead::probes::rootfs_usermode_helpers {
namespace {

constexpr const char* kPaths[] = {"/proc/sys/kernel/modprobe",
                                  "/proc/sys/kernel/hotplug",
                                  "/proc/sys/kernel/poweroff_cmd",
                                  "/proc/sys/kernel/usermodehelper/bset",
                                  "/proc/sys/kernel/usermodehelper/inheritable",
                                  "/sys/kernel/uevent_helper"};

const Register kProbe{{
    .id = "rootfs/usermode-helpers",
    .claim = "The programs that the kernel runs on the host cannot be chosen.",
    .watches = {"rootfs", "userns"},
    .references = {"proc_sys_kernel(5) modprobe, hotplug",
                   "OCI linux.readonlyPaths", "CVE-2022-0811"},
    .remedy = "Mount /proc/sys and /sys read-only.",
    .attempt =
        [](Inside& inside) {
          return open_kernel_files(inside, kPaths, O_WRONLY);
        },
    .witness = [](Inside&) { return read_proc_version(); },
    .plant =
        [](Outside& outside) { return plant_kernel_files(outside, kPaths); },
}};

}  // namespace
}  // namespace bulkhead::probes::rootfs_usermode_helpers
