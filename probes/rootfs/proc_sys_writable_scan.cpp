#include "probes/support/kernel_file.h"
#include "probes/support/scan.h"

namespace bulkhead::probes::rootfs_proc_sys_writable_scan {
namespace {

constexpr int kMostFiles = 20000;

const Register kProbe{{
    .id = "rootfs/proc-sys-writable-scan",
    .claim = "No kernel setting below /proc/sys can be opened for writing.",
    .watches = {"rootfs"},
    .references = {"OCI linux.readonlyPaths", "CVE-2022-0811", "proc(5)"},
    .remedy = "Mount /proc/sys read-only.",
    .attempt = [](Inside&) { return scan_writable("/proc/sys", kMostFiles); },
    .witness = [](Inside&) { return read_proc_version(); },
    .seconds = 20,
}};

}  // namespace
}  // namespace bulkhead::probes::rootfs_proc_sys_writable_scan
