// sysfs attributes: opened, never written. The scan stays on sysfs, so that
// cgroup, debugfs and the like below /sys are left to their own probes.
#include "probes/support/kernel_file.h"
#include "probes/support/scan.h"

namespace bulkhead::probes::rootfs_sys_writable_scan {
namespace {

constexpr int kMostFiles = 50000;

Observation attempt(Inside&) { return scan_writable("/sys", kMostFiles); }

const Register kProbe{{
    .id = "rootfs/sys-writable-scan",
    .claim = "No kernel attribute below /sys can be opened for writing.",
    .watches = {"rootfs", "userns"},
    .references = {"sysfs(5)", "CVE-2023-25809"},
    .remedy = "Mount /sys read-only.",
    .attempt = attempt,
    .witness = [](Inside&) { return read_proc_version(); },
    .seconds = 30,
}};

}  // namespace
}  // namespace bulkhead::probes::rootfs_sys_writable_scan
