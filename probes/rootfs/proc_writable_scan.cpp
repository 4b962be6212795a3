// The rest of /proc: what belongs to no process and is not below /proc/sys.
#include <cctype>

#include "probes/support/kernel_file.h"
#include "probes/support/scan.h"

namespace bulkhead::probes::rootfs_proc_writable_scan {
namespace {

constexpr int kMostFiles = 5000;

// Processes, and what has a probe of its own.
bool left_out(const std::string& path) {
  constexpr std::string_view kProc = "/proc/";
  const bool process =
      path.size() > kProc.size() &&
      std::isdigit(static_cast<unsigned char>(path[kProc.size()])) != 0;
  return process || path == "/proc/sys";
}

const Register kProbe{{
    .id = "rootfs/proc-writable-scan",
    .claim = "No file of the kernel's below /proc can be opened for writing.",
    .watches = {"rootfs", "userns"},
    .references = {"OCI linux.readonlyPaths", "proc(5)"},
    .remedy = "Mask /proc/pressure, which anybody may write; mount /proc/bus, "
              "/proc/fs, /proc/irq and /proc/sysrq-trigger read-only, in a "
              "user namespace of its own.",
    .attempt =
        [](Inside&) { return scan_writable("/proc", kMostFiles, left_out); },
    .witness = [](Inside&) { return read_proc_version(); },
    .seconds = 20,
}};

}  // namespace
}  // namespace bulkhead::probes::rootfs_proc_writable_scan
