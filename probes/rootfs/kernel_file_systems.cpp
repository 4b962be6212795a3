// File systems that show or steer the kernel: not in the mount table, and not
// to be mounted. Only those without options are tried: mounting them once more
// changes nothing for those who have them already.
#include <sys/mount.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>

#include "probes/support/filter.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::rootfs_kernel_file_systems {
namespace {

constexpr std::array kUnwanted = {
    "debugfs", "tracefs",  "securityfs", "bpf",     "configfs",
    "pstore",  "efivarfs", "fusectl",    "resctrl", "binfmt_misc"};
constexpr std::array kTried = {"securityfs", "bpf", "configfs", "fusectl"};

bool kernel_has(const std::string& type) {
  const auto words = split(slurp("/proc/filesystems").value_or(""), '\n');
  return std::ranges::any_of(words, [&](const std::string& line) {
    return line.ends_with("\t" + type);
  });
}

Observation try_mount(const std::string& type, const std::string& point) {
  if (!kernel_has(type)) return absent(type);
  const Called mounted =
      call(SYS_mount, type.c_str(), point.c_str(), type.c_str(), 0UL, 0L);
  if (mounted.ok()) umount2(point.c_str(), MNT_DETACH);
  return observe(mounted, {}, "mount " + type);
}

Observation attempt(Inside& inside) {
  Tally tally;
  for (const MountLine& mount : mount_table()) {
    if (std::ranges::find(kUnwanted, mount.type) != kUnwanted.end()) {
      tally.add(mount.mount_point, reached("is a " + mount.type));
    }
  }
  const std::string point = scratch(inside) + "/kernel-" + inside.nonce();
  if (mkdir(point.c_str(), 0700) != 0) {
    return broken("mkdir " + point + ": " + errno_name(errno));
  }
  for (const char* type : kTried) tally.add(type, try_mount(type, point));
  rmdir(point.c_str());
  return tally.result();
}

const Register kProbe{{
    .id = "rootfs/kernel-file-systems",
    .claim = "No debugfs, tracefs, bpf or the like is there or can be mounted.",
    .watches = {"rootfs", "userns", "capabilities", "seccomp", "landlock"},
    .references = {"debugfs (kernel filesystems)", "bpf(2)", "CIS Docker 5.4"},
    .remedy = "Do not mount them; drop CAP_SYS_ADMIN and deny mount.",
    .attempt = attempt,
    .witness = [](Inside&) { return ordinary_calls(); },
}};

}  // namespace
}  // namespace bulkhead::probes::rootfs_kernel_file_systems
