// Whoever registers an interpreter has it run by others, with their rights.
// The harness mounts the register in the crash box. Opened, never written.
#include <fcntl.h>
#include <sys/mount.h>

#include "probes/support/kernel_file.h"
#include "probes/support/text.h"

namespace bulkhead::probes::rootfs_binfmt_misc {
namespace {

constexpr const char* kPoint = "/proc/sys/fs/binfmt_misc";
constexpr const char* kPaths[] = {"/proc/sys/fs/binfmt_misc/register",
                                  "/proc/sys/fs/binfmt_misc/status"};

bool plant(Outside& outside) {
  // Asking for a type that is not registered would load a module.
  const std::string types = slurp("/proc/filesystems").value_or("");
  if (types.find("binfmt_misc") != std::string::npos &&
      mount("binfmt_misc", kPoint, "binfmt_misc", 0, nullptr) == 0) {
    outside.tell("mounted", kPoint);
  }
  return plant_kernel_files(outside, kPaths);
}

void clean(Outside& outside) {
  if (!outside.told("mounted").empty()) umount2(kPoint, MNT_DETACH);
}

const Register kProbe{{
    .id = "rootfs/binfmt-misc",
    .claim = "No interpreter can be registered for the host's programs.",
    .watches = {"rootfs", "userns"},
    .references = {"binfmt_misc (kernel admin-guide)",
                   "OCI linux.readonlyPaths"},
    .remedy = "Mount a new proc, with /proc/sys read-only.",
    .attempt =
        [](Inside& inside) {
          return open_kernel_files(inside, kPaths, O_WRONLY);
        },
    .witness = [](Inside&) { return read_proc_version(); },
    .plant = plant,
    .clean = clean,
}};

}  // namespace
}  // namespace bulkhead::probes::rootfs_binfmt_misc
