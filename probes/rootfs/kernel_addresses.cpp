// The first address of /proc/kallsyms: zero, unless the reader may know where
// the kernel lies. The value is not kept.
#include "probes/support/kernel_file.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::rootfs_kernel_addresses {
namespace {

constexpr const char* kPath = "/proc/kallsyms";

Observation attempt(Inside&) {
  // More than the first few: the first of all may really be zero.
  const auto text = slurp(kPath, 16384);
  if (!text) {
    return errno == ENOENT ? absent("this kernel has no /proc/kallsyms")
                           : refused(errno, std::string("open ") + kPath);
  }
  for (const std::string& line : split(*text, '\n')) {
    const auto address = number(line.substr(0, line.find(' ')), 16);
    if (address && *address != 0) return reached("kallsyms shows addresses");
  }
  return refused(0, "every address is zero");
}

const Register kProbe{{
    .id = "rootfs/kernel-addresses",
    .claim = "Where the kernel lies in memory is not shown.",
    .watches = {"rootfs", "capabilities", "userns"},
    .references = {"proc_kallsyms(5)", "proc_sys_kernel(5) kptr_restrict",
                   "capabilities(7) CAP_SYSLOG"},
    .remedy = "Drop CAP_SYSLOG and set kernel.kptr_restrict to 1 or 2.",
    .attempt = attempt,
    .witness = [](Inside&) { return read_proc_version(); },
}};

}  // namespace
}  // namespace bulkhead::probes::rootfs_kernel_addresses
