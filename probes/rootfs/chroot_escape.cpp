// The classic: keep the working directory, chroot below it, walk up.
#include <fcntl.h>
#include <sys/stat.h>

#include "probes/support/canary.h"
#include "probes/support/child.h"
#include "probes/support/text.h"
#include "probes/support/try.h"

namespace bulkhead::probes::rootfs_chroot_escape {
namespace {

Observation escape(const std::string& directory, const std::string& canary,
                   const std::string& nonce) {
  if (chdir((directory + "/..").c_str()) != 0) {
    return broken("chdir: " + errno_name(errno));
  }
  const Called changed = call(SYS_chroot, directory.c_str());
  if (!changed.ok()) return observe(changed, {}, "chroot");
  // Now outside the root: ".." does not stop before the real one.
  const auto content = slurp(far_up() + canary, 64);
  if (content && content->starts_with(nonce)) {
    return reached("the host's file, by .. out of a chroot");
  }
  return refused(0, "chroot works, but .. does not lead to the host");
}

Observation attempt(Inside& inside) {
  const std::string canary = inside.planted("path");
  if (canary.empty()) return broken("no planted path");
  const std::string directory = scratch(inside) + "/root-" + inside.nonce();
  if (mkdir(directory.c_str(), 0700) != 0) {
    return broken("mkdir " + directory + ": " + errno_name(errno));
  }
  Observation seen =
      in_child([&] { return escape(directory, canary, inside.nonce()); });
  rmdir(directory.c_str());
  return seen;
}

Observation witness(Inside& inside) {
  return chdir(scratch(inside).c_str()) == 0 && chdir("/") == 0
             ? works("chdir works")
             : broken("chdir: " + errno_name(errno));
}

const Register kProbe{{
    .id = "rootfs/chroot-escape",
    .claim = "Changing the root a second time does not lead out of it.",
    .watches = {"rootfs", "capabilities", "seccomp"},
    .references = {"chroot(2)", "pivot_root(2)", "NIST SP 800-190 4.4"},
    .remedy = "Use pivot_root, not chroot, and drop CAP_SYS_CHROOT.",
    .attempt = attempt,
    .witness = witness,
    .plant =
        [](Outside& outside) { return plant_file(outside, "above", 0644); },
    .clean = remove_file,
}};

}  // namespace
}  // namespace bulkhead::probes::rootfs_chroot_escape
